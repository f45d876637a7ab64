-- Places the guard of a write that starts now; a lease ends here, because its load may read what is overwritten.
-- KEYS[1] entry; ARGV token, guard_ms
-- -> 1 alone so far | 0 overlapping: whatever they commit, the key ends up empty | 6 foreign
local token, ms = ARGV[1], tonumber(ARGV[2])
local now, h = clock(), header_or_room()
if not h then return 6 end

local kind, list = string.sub(h, 2, 2), writers_of(h)
local writer = token .. struct.pack('>I8', now + ms)
if kind == 'V' and list == '' then
  local p = redis.call('PTTL', k)
  -- A value that would not outlive the guard makes place for it: the guard must not end with the value, nor the
  -- value live longer than it was meant to.
  if p < 0 or p >= ms then
    redis.call('SETRANGE', k, 16, writer .. 'W')
    redis.call('PEXPIRE', k, ms)
    return 1
  end
end

local writers, last, again = others(list, {[token] = true}, now)
local dirty = #writers > 0 or (again and is_dirty(h))
writers[#writers + 1] = writer
guard(writers, math.max(last, now + ms), dirty)
return dirty and 0 or 1
