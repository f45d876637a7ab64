-- Lengthens a lease.
-- KEYS[1] entry; ARGV token, lease_ms -> 1 extended | 0 it was gone
local ms, h = tonumber(ARGV[2]), header()
if not h or not is_leased(h, ARGV[1]) then return 0 end
redis.call('SETRANGE', k, 24, struct.pack('>I8', clock() + ms))
if string.sub(h, 2, 2) == 'L' then redis.call('PEXPIRE', k, ms) else keep(ms) end
return 1
