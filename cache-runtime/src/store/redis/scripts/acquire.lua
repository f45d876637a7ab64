-- Asks for the lease of a load that starts now.
-- KEYS[1] entry; ARGV token, lease_ms, id of the value that the caller has seen and found wanting, or ''
-- -> {code, now_ms, x, y}: 1 granted on nothing | 2 granted beside a value
--    3 busy: x = ms left, y = the holder's token | 4 a fresh value that the caller has not seen: x = envelope, y = PTTL
--    5 a write is under way: x = ms left | 6 foreign
-- The same token may ask again. Deadlines are those in the record: a key's ttl can be changed from outside.
local token, ms = ARGV[1], tonumber(ARGV[2])
local now, h = clock(), header_or_room()
if not h then return {6, now, 0, ''} end

local function granted_alone()
  redis.call('SET', k, '\197L' .. string.rep('\0', 14) .. token .. struct.pack('>I8', now + ms) .. 'R'
    .. string.rep('\0', 31), 'PX', math.max(ms, 1))
  return {1, now, 0, ''}
end

if h == '' then return granted_alone() end
local kind, hold = string.sub(h, 2, 2), string.sub(h, 33, 33)
if hold == 'W' then
  local list, left = writers_of(h), 0
  for i = 1, #list - 15, 16 do left = math.max(left, struct.unpack('>I8', list, i + 8) - now) end
  if left > 0 then return {5, now, left, ''} end
  -- The value under a guard may be served to the guard's deadline at most.
  return granted_alone()
end
local holder, left = string.sub(h, 17, 24), struct.unpack('>I8', h, 25) - now
local busy = hold == 'R' and holder ~= token and left > 0
if kind == 'L' then
  if busy then return {3, now, left, holder} end
  return granted_alone()
end

local fresh = struct.unpack('>I8', h, 41) + struct.unpack('>I8', h, 49) > now
if fresh and string.sub(h, 9, 16) ~= ARGV[3] then return {4, now, redis.call('GET', k), redis.call('PTTL', k)} end
if busy then return {3, now, left, holder} end
redis.call('SETRANGE', k, 16, token .. struct.pack('>I8', now + ms) .. 'R')
keep(ms)
return {2, now, 0, ''}
