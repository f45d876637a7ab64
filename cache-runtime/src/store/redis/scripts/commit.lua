-- Ends a guard after a successful write: the old value goes, the new one is stored if no other writer overlapped.
-- KEYS[1] entry; ARGV token, envelope or '', px
-- -> 1 stored | 2 removed | 3 the guard was lost, whatever was there is removed
--    4 the guards of others are dirty now | 5 left, others are in flight | 6 foreign
local k, token, envelope = KEYS[1], ARGV[1], ARGV[2]
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local h = redis.call('GETRANGE', k, 0, 63)
if h == '' then return 3 end
if #h < 64 or not string.find(h, '^\197[VLW]') then return 6 end

local function removed(reply)
  redis.call('UNLINK', k)
  return reply
end

local kind, list = string.sub(h, 2, 2), ''
if kind == 'W' then list = redis.call('GETRANGE', k, 64, -1)
elseif string.sub(h, 33, 33) == 'W' then list = string.sub(h, 17, 32) end
local others, last, found = {}, 0, false
for i = 1, #list - 15, 16 do
  local deadline = struct.unpack('>I8', list, i + 8)
  if string.sub(list, i, i + 7) == token then found = true
  elseif deadline > now then
    others[#others + 1] = string.sub(list, i, i + 15)
    last = math.max(last, deadline)
  end
end
if #others > 0 then
  -- First what is there goes: a server that is full refuses to begin with a guard, but not to go on with one.
  redis.call('UNLINK', k)
  redis.call('SET', k, '\197W\0\1' .. string.rep('\0', 28) .. 'W' .. string.rep('\0', 31)
    .. table.concat(others), 'PXAT', last)
  return found and 5 or 4
end
-- A lease, or a value that was stored since, may be of a load from before the write.
if not found then return removed(3) end
-- The fourth byte of a value is not about writers: a value under a guard has one writer, and is clean.
local dirty = kind == 'W' and string.byte(h, 4) ~= 0
if envelope == '' or dirty then return removed(2) end
-- A server that is full takes no value, but the old one has to go in any case.
if redis.pcall('SET', k, envelope, 'PX', ARGV[3]).err then return removed(2) end
return 1
