-- Stores what was loaded under a lease, and ends the lease.
-- KEYS[1] entry; ARGV token, envelope, px -> 1 stored | 0 refused | 6 foreign
-- A lease past its deadline is still good if nobody has taken it: the token is gone once anything overtook the load.
local k, token, envelope = KEYS[1], ARGV[1], ARGV[2]
local h = redis.call('GETRANGE', k, 0, 63)
if h == '' then return 0 end
if #h < 64 or not string.find(h, '^\197[VLW]') then return 6 end
if string.sub(h, 17, 24) ~= token or string.sub(h, 33, 33) ~= 'R' then return 0 end

-- While two versions of a program run, each finds the other's values unreadable. Without a pause they would
-- overwrite each other's for ever.
if string.sub(h, 2, 2) == 'V' and string.sub(h, 5, 8) ~= string.sub(envelope, 5, 8) then
  local t = redis.call('TIME')
  if t[1] * 1000 + math.floor(t[2] / 1000) - struct.unpack('>I8', h, 41) < 5000 then
    redis.call('SETRANGE', k, 16, string.rep('\0', 17))
    return 0
  end
end
redis.call('SET', k, envelope, 'PX', ARGV[3])
return 1
