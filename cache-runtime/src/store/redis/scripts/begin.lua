-- Places the guard of a write that starts now; a lease ends here, because its load may read what is overwritten.
-- KEYS[1] entry; ARGV token, guard_ms
-- -> 1 alone so far | 0 overlapping: whatever they commit, the key ends up empty | 6 foreign
local k, token, ms = KEYS[1], ARGV[1], tonumber(ARGV[2])
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local h = redis.call('GETRANGE', k, 0, 63)
if h == '' then
  -- An empty string of somebody else's is not nothing.
  if redis.call('PTTL', k) ~= -2 then return 6 end
elseif #h < 64 or not string.find(h, '^\197[VLW]') then return 6 end

local kind, hold = string.sub(h, 2, 2), string.sub(h, 33, 33)
local writer, list = token .. struct.pack('>I8', now + ms), ''
if kind == 'W' then list = redis.call('GETRANGE', k, 64, -1)
elseif hold == 'W' then list = string.sub(h, 17, 32)
elseif kind == 'V' then
  local p = redis.call('PTTL', k)
  -- A value that would not outlive the guard makes place for it: the guard must not end with the value, nor the
  -- value live longer than it was meant to.
  if p < 0 or p >= ms then
    redis.call('SETRANGE', k, 16, writer .. 'W')
    redis.call('PEXPIRE', k, ms)
    return 1
  end
end

local writers, last, again = {}, now + ms, false
for i = 1, #list - 15, 16 do
  local deadline = struct.unpack('>I8', list, i + 8)
  if string.sub(list, i, i + 7) == token then again = true
  elseif deadline > now then
    writers[#writers + 1] = string.sub(list, i, i + 15)
    last = math.max(last, deadline)
  end
end
local dirty = #writers > 0 or (again and kind == 'W' and string.byte(h, 4) ~= 0)
writers[#writers + 1] = writer
-- Of too many writers the oldest become one, which is nobody's: nobody ends it before the last of them would have ended.
if #writers > 64 then
  local ends = 0
  for i = 1, #writers - 63 do ends = math.max(ends, (struct.unpack('>I8', writers[i], 9))) end
  writers = {string.rep('\255', 8) .. struct.pack('>I8', ends), unpack(writers, #writers - 62)}
end
redis.call('SET', k, '\197W\0' .. (dirty and '\1' or '\0') .. string.rep('\0', 28) .. 'W' .. string.rep('\0', 31)
  .. table.concat(writers), 'PXAT', last)
return dirty and 0 or 1
