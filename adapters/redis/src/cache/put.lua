-- Keeps an entry if its account's version is the one under which it was computed.
--
-- KEYS: the entry, its account's version. ARGV: the version, the entry, for how many milliseconds to keep it.
if redis.call('GET', KEYS[2]) ~= ARGV[1] then
    return 'late'
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
-- Without its version an entry is dead.
if redis.call('PTTL', KEYS[2]) < tonumber(ARGV[3]) then
    redis.call('PEXPIRE', KEYS[2], ARGV[3])
end
return 'kept'
