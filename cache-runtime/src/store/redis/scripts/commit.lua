-- Ends a guard after a successful write: the old value goes, the new one is stored if no other writer overlapped.
-- KEYS[1] entry; ARGV token, envelope or '', px
-- -> 1 stored | 2 removed | 3 the guard was lost, whatever was there is removed
--    4 the guards of others are dirty now | 5 left, others are in flight | 6 foreign
local token, envelope = ARGV[1], ARGV[2]
local now, h = clock(), header()
if not h then return 6 end
if h == '' then return 3 end

local function removed(reply)
  redis.call('UNLINK', k)
  return reply
end

local writers, last, found = others(writers_of(h), {[token] = true}, now)
if #writers > 0 then
  -- First what is there goes: a server that is full refuses to begin with a guard, but not to go on with one.
  redis.call('UNLINK', k)
  guard(writers, last, true)
  return found and 5 or 4
end
-- A lease, or a value that was stored since, may be of a load from before the write.
if not found then return removed(3) end
if envelope == '' or is_dirty(h) then return removed(2) end
-- A server that is full takes no value, but the old one has to go in any case.
if redis.pcall('SET', k, envelope, 'PX', ARGV[3]).err then return removed(2) end
return 1
