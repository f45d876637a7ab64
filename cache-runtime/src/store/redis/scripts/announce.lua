#!lua flags=allow-oom
-- Tells that something has ended which processes keep for themselves: a change of this name is reported to all of them.
-- KEYS[1] announcement -> 1 told | 6 foreign
-- What it makes is gone when it ends, so that there is one change to report, and none when its time would be over. A full
-- server has the memory back.
local k = KEYS[1]
if redis.call('PTTL', k) ~= -2 then return 6 end
redis.call('SET', k, '', 'PX', 1000)
redis.call('UNLINK', k)
return 1
