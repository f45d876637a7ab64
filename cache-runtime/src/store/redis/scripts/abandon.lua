#!lua flags=allow-oom
-- Removes the value but leaves the guard, because the write may still take effect.
-- KEYS[1] entry; ARGV token, hold_ms or '', token of the hold
-- -> 1 | 6 foreign. With hold_ms the guard ends then, even if it had run out or never was; else at its own deadline.
-- A hold has another token than the guard, so that nothing which ends the guard late can end it.
-- Also on a server that is full: the value has to go, and the guard to stay.
local token, hold, held = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local now, h = clock(), header_or_room()
if not h then return 6 end

-- A hold may be shorter than the guard that it replaces.
local gone = hold and {[token] = true, [held] = true} or {}
local writers, last = others(writers_of(h), gone, now)
if hold and hold > 0 then
  writers[#writers + 1] = held .. struct.pack('>I8', now + hold)
  last = math.max(last, now + hold)
end
if #writers == 0 then redis.call('UNLINK', k)
else guard(writers, last, true) end
return 1
