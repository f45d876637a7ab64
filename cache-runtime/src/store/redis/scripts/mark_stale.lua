#!lua flags=allow-oom
-- Makes a value stale: it may be served as such, and a load under way will not be stored.
-- KEYS[1] entry -> 0 nothing there | 1 done | 2 removed but for a guard, which is dirty now | 6 foreign
-- Also on a server that is full: nothing becomes larger.
local k = KEYS[1]
local h = redis.call('GETRANGE', k, 0, 63)
if h == '' then return 0 end
if #h < 64 or not string.find(h, '^\197[VLW]') then return 6 end

local kind = string.sub(h, 2, 2)
if kind == 'W' then
  redis.call('SETRANGE', k, 3, '\1')
  return 2
elseif string.sub(h, 33, 33) == 'W' then
  -- The old value would outlive the write that is under way.
  redis.call('SET', k, '\197W\0\1' .. string.rep('\0', 28) .. 'W' .. string.rep('\0', 31)
    .. string.sub(h, 17, 32), 'KEEPTTL')
  return 2
elseif kind == 'V' then
  redis.call('SETRANGE', k, 16, string.rep('\0', 17))
  redis.call('SETRANGE', k, 48, string.rep('\0', 8))
else
  -- A lease without a value has nothing to mark stale.
  redis.call('UNLINK', k)
end
return 1
