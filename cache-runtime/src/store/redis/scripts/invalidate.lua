#!lua flags=allow-oom
-- Removes an entry. A load under way will not be stored; a guard stays, and its writers will store nothing.
-- KEYS[1] entry -> 0 nothing there | 1 removed | 2 removed but for a guard, which is dirty now | 6 foreign
-- Also on a server that is full: nothing becomes larger.
local h = header()
if not h then return 6 end
if h == '' then return 0 end

if string.sub(h, 33, 33) ~= 'W' then
  redis.call('UNLINK', k)
  return 1
end
make_dirty(h)
return 2
