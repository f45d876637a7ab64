-- Shared by the scripts of an entry: the record under its name, and the writers whose guards are in it.
-- KEYS[1] entry
local k = KEYS[1]

-- The server's time in ms.
local function clock()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end

-- The header of the record: '' if there is none, nil if what is there is foreign.
local function header()
  local h = redis.call('GETRANGE', k, 0, 63)
  if h == '' or #h == 64 and string.find(h, '^\197[VLW]') then return h end
end

-- The same for who makes a record where there is none: an empty string of somebody else's is not nothing.
local function header_or_room()
  local h = header()
  if h == '' and redis.call('PTTL', k) ~= -2 then return nil end
  return h
end

-- Whether the record holds the lease of this token, alone or beside a value.
local function is_leased(h, token)
  return string.sub(h, 17, 24) == token and string.sub(h, 33, 33) == 'R'
end

-- Whether the writers of the record store nothing. The fourth byte of a value is not about writers: a value under a guard
-- has one writer, and is clean.
local function is_dirty(h)
  return string.sub(h, 2, 2) == 'W' and string.byte(h, 4) ~= 0
end

-- Keeps the record at least so long: what a lease stands beside must not take it along. Until when the value is served is
-- told by the header, not by the ttl, and no ttl is made shorter.
local function keep(time)
  local left = redis.call('PTTL', k)
  if left >= 0 and left < time then redis.call('PEXPIRE', k, time) end
end

-- The writers of the record in 16 bytes each: a token and a deadline.
local function writers_of(h)
  if string.sub(h, 2, 2) == 'W' then return redis.call('GETRANGE', k, 64, -1) end
  if string.sub(h, 33, 33) == 'W' then return string.sub(h, 17, 32) end
  return ''
end

-- The writers of a list that are not gone: they, the last of their deadlines, and whether the list had one that is gone.
local function others(list, gone, now)
  local writers, last, found = {}, 0, false
  for i = 1, #list - 15, 16 do
    local deadline = struct.unpack('>I8', list, i + 8)
    if gone[string.sub(list, i, i + 7)] then found = true
    elseif deadline > now then
      writers[#writers + 1] = string.sub(list, i, i + 15)
      last = math.max(last, deadline)
    end
  end
  return writers, last, found
end

-- A record of guards.
local function guards(list, dirty)
  return '\197W\0' .. (dirty and '\1' or '\0') .. string.rep('\0', 28) .. 'W' .. string.rep('\0', 31) .. list
end

-- Puts guards in the place of what is there, to the last of their deadlines.
-- Of too many writers the oldest become one, which is nobody's: nobody ends it before the last of them would have ended.
local function guard(writers, last, dirty)
  if #writers > 64 then
    local ends = 0
    for i = 1, #writers - 63 do ends = math.max(ends, (struct.unpack('>I8', writers[i], 9))) end
    writers = {string.rep('\255', 8) .. struct.pack('>I8', ends), unpack(writers, #writers - 62)}
  end
  redis.call('SET', k, guards(table.concat(writers), dirty), 'PXAT', last)
end

-- Sees to it that the writers of a record with guards store nothing: a value under a guard goes.
local function make_dirty(h)
  if string.sub(h, 2, 2) == 'W' then redis.call('SETRANGE', k, 3, '\1')
  else redis.call('SET', k, guards(string.sub(h, 17, 32), true), 'KEEPTTL') end
end

