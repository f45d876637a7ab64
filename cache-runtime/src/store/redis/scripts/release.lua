-- Ends a lease without a value.
-- KEYS[1] entry; ARGV token -> 1 released | 0 it was gone
local k = KEYS[1]
local h = redis.call('GETRANGE', k, 0, 63)
if #h < 64 or not string.find(h, '^\197[VL]') then return 0 end
if string.sub(h, 17, 24) ~= ARGV[1] or string.sub(h, 33, 33) ~= 'R' then return 0 end
if string.sub(h, 2, 2) == 'L' then redis.call('UNLINK', k)
else redis.call('SETRANGE', k, 16, string.rep('\0', 17)) end
return 1
