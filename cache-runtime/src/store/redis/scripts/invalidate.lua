#!lua flags=allow-oom
-- Removes an entry. A load under way will not be stored; a guard stays, and its writers will store nothing.
-- KEYS[1] entry -> 0 nothing there | 1 removed | 2 removed but for a guard, which is dirty now | 6 foreign
-- Also on a server that is full: nothing becomes larger.
local k = KEYS[1]
local h = redis.call('GETRANGE', k, 0, 63)
if h == '' then return 0 end
if #h < 64 or not string.find(h, '^\197[VLW]') then return 6 end

if string.sub(h, 33, 33) ~= 'W' then
  redis.call('UNLINK', k)
  return 1
end
if string.sub(h, 2, 2) == 'W' then redis.call('SETRANGE', k, 3, '\1')
else
  redis.call('SET', k, '\197W\0\1' .. string.rep('\0', 28) .. 'W' .. string.rep('\0', 31)
    .. string.sub(h, 17, 32), 'KEEPTTL')
end
return 2
