#!lua flags=allow-oom
-- Ends a guard after a write that did not take place: the old value stays, unless another writer overlapped.
-- KEYS[1] entry; ARGV token -> 1 | 6 foreign
-- Also on a server that is full: nothing becomes larger.
local k, token = KEYS[1], ARGV[1]
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local h = redis.call('GETRANGE', k, 0, 63)
if h == '' then return 1 end
if #h < 64 or not string.find(h, '^\197[VLW]') then return 6 end
if string.sub(h, 33, 33) ~= 'W' then return 1 end

if string.sub(h, 2, 2) == 'V' then
  if string.sub(h, 17, 24) ~= token then return 1 end
  local fresh = struct.unpack('>I8', h, 49)
  local left = struct.unpack('>I8', h, 41) + fresh + struct.unpack('>I4', h, 61) * 1000 - now
  redis.call('SETRANGE', k, 16, string.rep('\0', 17))
  -- A life that is over ends here. How long a value that is marked stale had to live is not known any more, but not less
  -- than the guard.
  if fresh > 0 then redis.call('PEXPIRE', k, math.min(left, 1e15)) end
  return 1
end

local list, others, last, found = redis.call('GETRANGE', k, 64, -1), {}, 0, false
for i = 1, #list - 15, 16 do
  local deadline = struct.unpack('>I8', list, i + 8)
  if string.sub(list, i, i + 7) == token then found = true
  elseif deadline > now then
    others[#others + 1] = string.sub(list, i, i + 15)
    last = math.max(last, deadline)
  end
end
if #others == 0 then redis.call('UNLINK', k)
elseif found then
  redis.call('SET', k, string.sub(h, 1, 64) .. table.concat(others), 'PXAT', last)
end
return 1
