-- Removes the version of a tag, or of everything, and with it ends every value that carries it.
-- KEYS[1] tag or epoch -> 1 removed | 0 there was none, or something of somebody else's, which is left alone
-- A version is eight bytes. A removal needs no memory: it works on a full server, too.
local k = KEYS[1]
if #redis.call('GETRANGE', k, 0, 8) ~= 8 then return 0 end
redis.call('UNLINK', k)
return 1
