-- Ends a lease without a value.
-- KEYS[1] entry; ARGV token -> 1 released | 0 it was gone
local h = header()
if not h or not is_leased(h, ARGV[1]) then return 0 end
if string.sub(h, 2, 2) == 'L' then redis.call('UNLINK', k)
else redis.call('SETRANGE', k, 16, string.rep('\0', 17)) end
return 1
