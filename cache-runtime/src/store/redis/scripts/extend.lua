-- Lengthens a lease.
-- KEYS[1] entry; ARGV token, lease_ms -> 1 extended | 0 it was gone
local k, ms = KEYS[1], tonumber(ARGV[2])
local h = redis.call('GETRANGE', k, 0, 63)
if #h < 64 or not string.find(h, '^\197[VL]') then return 0 end
if string.sub(h, 17, 24) ~= ARGV[1] or string.sub(h, 33, 33) ~= 'R' then return 0 end
local t = redis.call('TIME')
redis.call('SETRANGE', k, 24, struct.pack('>I8', t[1] * 1000 + math.floor(t[2] / 1000) + ms))
-- The ttl of a value is the value's: a lease beside it does not lengthen it.
if string.sub(h, 2, 2) == 'L' then redis.call('PEXPIRE', k, ms) end
return 1
