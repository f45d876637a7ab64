#!lua flags=allow-oom
-- Ends a guard after a write that did not take place: the old value stays, unless another writer overlapped.
-- KEYS[1] entry; ARGV token -> 1 | 6 foreign
-- Also on a server that is full: nothing becomes larger.
local token = ARGV[1]
local now, h = clock(), header()
if not h then return 6 end
if string.sub(h, 33, 33) ~= 'W' then return 1 end

if string.sub(h, 2, 2) == 'V' then
  if string.sub(h, 17, 24) ~= token then return 1 end
  local left = struct.unpack('>I8', h, 41) + struct.unpack('>I8', h, 49) + struct.unpack('>I4', h, 61) * 1000 - now
  redis.call('SETRANGE', k, 16, string.rep('\0', 17))
  -- A life that is over ends here.
  redis.call('PEXPIRE', k, math.min(left, 1e15))
  return 1
end

local writers, last, found = others(writers_of(h), {[token] = true}, now)
if #writers == 0 then redis.call('UNLINK', k)
elseif found then guard(writers, last, is_dirty(h)) end
return 1
