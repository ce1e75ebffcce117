-- What is kept under a key, if it was put under the version that its account has now, and is not over.
--
-- KEYS: the entry. ARGV: now in microseconds, and what the key of an account's version begins with.
local entry = redis.call('GET', KEYS[1])
if not entry then
    return false
end
local _, last, account, version, ends = string.find(entry, '^(%S+) (%S+) (%-?%d+) ')
if not last then
    return redis.error_reply('CORRUPT an entry is unreadable')
end
if tonumber(ends) <= tonumber(ARGV[1]) or redis.call('GET', ARGV[2] .. account) ~= version then
    return false
end
return string.sub(entry, last + 1)
