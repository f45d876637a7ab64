-- Uses every command that the other scripts and the store need, on a key of its own. Answers with the name and the
-- error of each that is refused.
local refused = {}

local function try(command, ...)
  local reply = redis.pcall(command, ...)
  if type(reply) == 'table' and reply.err then
    refused[#refused + 1] = command
    refused[#refused + 1] = reply.err
  end
end

try('TIME')
try('SET', KEYS[1], 'probe', 'PX', 1000)
try('GET', KEYS[1])
try('GETRANGE', KEYS[1], 0, 0)
try('SETRANGE', KEYS[1], 0, 'p')
try('PTTL', KEYS[1])
try('PEXPIRE', KEYS[1], 1000)
try('TOUCH', KEYS[1])
try('UNLINK', KEYS[1])
return refused
