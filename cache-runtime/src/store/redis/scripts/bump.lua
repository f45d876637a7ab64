#!lua flags=allow-oom
-- Ends every value that carries the version of a tag, or of everything.
-- KEYS[1] tag or epoch; ARGV another version, its life in ms or '' -> 1 removed | 2 there was none, and is now | 6 foreign
-- A version is eight bytes. A removal needs no memory. Where there is nothing to remove one is made, also on a full server,
-- because what does not change is told to nobody, and processes may keep for themselves what carries it. Not by a command
-- of its own: of a version that somebody else makes in between, its maker is not told.
local k = KEYS[1]
if #redis.call('GETRANGE', k, 0, 8) == 8 then
  redis.call('UNLINK', k)
  return 1
end
if redis.call('PTTL', k) ~= -2 then return 6 end
if ARGV[2] == '' then redis.call('SET', k, ARGV[1])
else redis.call('SET', k, ARGV[1], 'PX', ARGV[2]) end
return 2
