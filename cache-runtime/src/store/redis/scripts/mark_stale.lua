#!lua flags=allow-oom
-- Makes a value stale: its ttl is over now, its windows begin, and a load under way will not be stored.
-- KEYS[1] entry -> 0 nothing there | 1 done | 2 removed but for a guard, which is dirty now | 6 foreign
-- Also on a server that is full: nothing becomes larger.
local h = header()
if not h then return 6 end
if h == '' then return 0 end

local kind, hold = string.sub(h, 2, 2), string.sub(h, 33, 33)
if hold == 'W' then
  -- The old value would outlive the write that is under way.
  make_dirty(h)
  return 2
elseif kind == 'V' then
  redis.call('SETRANGE', k, 16, string.rep('\0', 17))
  -- A moment sooner, so that nobody whose reading of this clock is late takes the value for fresh.
  local age, fresh = clock() - struct.unpack('>I8', h, 41) - 100, struct.unpack('>I8', h, 49)
  redis.call('SETRANGE', k, 48, struct.pack('>I8', math.max(0, math.min(age, fresh))))
else
  -- A lease without a value has nothing to mark stale.
  redis.call('UNLINK', k)
end
return 1
