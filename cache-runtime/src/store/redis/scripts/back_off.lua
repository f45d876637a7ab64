-- Ends a lease after a load that failed. Beside a value it becomes nobody's for a while, so that nobody loads meanwhile.
-- KEYS[1] entry; ARGV token, pause_ms -> 1 done | 0 the lease was gone
-- The record's life is not lengthened: without the value there is nothing to wait with.
local h = header()
if not h or not is_leased(h, ARGV[1]) then return 0 end
if string.sub(h, 2, 2) == 'L' then redis.call('UNLINK', k)
else redis.call('SETRANGE', k, 16, string.rep('\255', 8) .. struct.pack('>I8', clock() + tonumber(ARGV[2])) .. 'R') end
return 1
