-- Makes a value stale: it may be served as such, and a load under way will not be stored.
-- KEYS[1] entry -> 0 nothing there | 1 done | 2 removed but for a guard, which is dirty now | 6 foreign
local k = KEYS[1]
local h = redis.call('GETRANGE', k, 0, 63)
if h == '' then return 0 end
if #h < 64 or not string.find(h, '^\197[VLW]') then return 6 end

local kind, reply, answer = string.sub(h, 2, 2), 1, nil
if kind == 'W' then
  reply, answer = 2, redis.pcall('SETRANGE', k, 3, '\1')
elseif string.sub(h, 33, 33) == 'W' then
  -- The old value would outlive the write that is under way.
  reply, answer = 2, redis.pcall('SET', k, '\197W\0\1' .. string.rep('\0', 28) .. 'W' .. string.rep('\0', 31)
    .. string.sub(h, 17, 32), 'KEEPTTL')
elseif kind == 'V' then
  answer = redis.pcall('SETRANGE', k, 16, string.rep('\0', 17))
  if type(answer) == 'number' then redis.call('SETRANGE', k, 48, string.rep('\0', 8)) end
end
-- A lease without a value has nothing to soften. A server that is full refuses to write, but not to remove.
if not answer or (type(answer) == 'table' and answer.err) then
  redis.call('UNLINK', k)
  return 1
end
return reply
