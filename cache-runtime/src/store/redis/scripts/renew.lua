-- Renews the ttl of a value that is fresh: it ends so long from now, but not later than so long after its load.
-- KEYS[1] entry; ARGV ttl_ms, most_ms -> 1 renewed | 0 there is no value, or it is as fresh as it may be
-- Only of a value: a lease or a guard under the name has an end of its own. A value under a guard ends with the guard. The
-- windows after the ttl stay as long as they are.
local h = header()
if not h or string.sub(h, 2, 2) ~= 'V' or string.sub(h, 33, 33) == 'W' then return 0 end
local now, created, fresh = clock(), struct.unpack('>I8', h, 41), struct.unpack('>I8', h, 49)
if created + fresh <= now then return 0 end
local longer = math.min(now + tonumber(ARGV[1]) - created, tonumber(ARGV[2])) - fresh
if longer <= 0 then return 0 end
redis.call('SETRANGE', k, 48, struct.pack('>I8', fresh + longer))
local left = redis.call('PTTL', k)
if left >= 0 then redis.call('PEXPIRE', k, math.min(left + longer, 1e15)) end
return 1
