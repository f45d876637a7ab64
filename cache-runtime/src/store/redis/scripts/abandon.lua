#!lua flags=allow-oom
-- Removes the value but leaves the guard, because the write may still take effect.
-- KEYS[1] entry; ARGV token, hold_ms or '', token of the hold
-- -> 1 | 6 foreign. With hold_ms the guard ends then, even if it had run out or never was; else at its own deadline.
-- A hold has another token than the guard, so that nothing which ends the guard late can end it.
-- Also on a server that is full: the value has to go, and the guard to stay.
local k, token, hold, held = KEYS[1], ARGV[1], tonumber(ARGV[2]), ARGV[3]
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local h = redis.call('GETRANGE', k, 0, 63)
if h == '' then
  -- An empty string of somebody else's is not nothing.
  if redis.call('PTTL', k) ~= -2 then return 6 end
elseif #h < 64 or not string.find(h, '^\197[VLW]') then return 6 end

local list = ''
if string.sub(h, 2, 2) == 'W' then list = redis.call('GETRANGE', k, 64, -1)
elseif string.sub(h, 33, 33) == 'W' then list = string.sub(h, 17, 32) end
if hold then list = list .. held .. struct.pack('>I8', now + hold) end
local writers, last, newest = {}, 0, #list - 15
for i = 1, newest, 16 do
  local deadline, writer = struct.unpack('>I8', list, i + 8), string.sub(list, i, i + 7)
  -- Of the writer itself only the last counts: a hold may be shorter than the guard.
  local replaced = hold and i < newest and (writer == token or writer == held)
  if deadline > now and not replaced then
    writers[#writers + 1] = string.sub(list, i, i + 15)
    last = math.max(last, deadline)
  end
end
-- Of too many writers the oldest become one, which is nobody's: nobody ends it before the last of them would have ended.
if #writers > 64 then
  local ends = 0
  for i = 1, #writers - 63 do ends = math.max(ends, (struct.unpack('>I8', writers[i], 9))) end
  writers = {string.rep('\255', 8) .. struct.pack('>I8', ends), unpack(writers, #writers - 62)}
end
if #writers == 0 then redis.call('UNLINK', k)
else
  redis.call('SET', k, '\197W\0\1' .. string.rep('\0', 28) .. 'W' .. string.rep('\0', 31)
    .. table.concat(writers), 'PXAT', last)
end
return 1
