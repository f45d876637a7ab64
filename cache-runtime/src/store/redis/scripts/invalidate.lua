-- Removes an entry. A load under way will not be stored; a guard stays, and its writers will store nothing.
-- KEYS[1] entry -> 0 nothing there | 1 removed | 2 removed but for a guard, which is dirty now | 6 foreign
local k = KEYS[1]
local h = redis.call('GETRANGE', k, 0, 63)
if h == '' then return 0 end
if #h < 64 or not string.find(h, '^\197[VLW]') then return 6 end

if string.sub(h, 33, 33) == 'W' then
  local answer
  if string.sub(h, 2, 2) == 'W' then answer = redis.pcall('SETRANGE', k, 3, '\1')
  else
    answer = redis.pcall('SET', k, '\197W\0\1' .. string.rep('\0', 28) .. 'W' .. string.rep('\0', 31)
      .. string.sub(h, 17, 32), 'KEEPTTL')
  end
  if type(answer) == 'number' or answer.ok then return 2 end
  -- The server is full: the guard goes too. Its writer will find it gone, and remove what it finds.
end
redis.call('UNLINK', k)
return 1
