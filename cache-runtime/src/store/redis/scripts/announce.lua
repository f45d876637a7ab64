#!lua flags=allow-oom
-- Tells that something has ended which processes keep for themselves: a change of this key is reported to all of them.
-- KEYS[1] announcement; ARGV ms -> 1 told | 6 foreign
-- Ours is an empty string that ends within that time: the memory that a full server has to find for it comes back.
local k, ms = KEYS[1], tonumber(ARGV[1])
local left = redis.call('PTTL', k)
if redis.call('GETRANGE', k, 0, 0) ~= '' or left == -1 or left > ms then return 6 end
redis.call('SET', k, '', 'PX', ms)
return 1
