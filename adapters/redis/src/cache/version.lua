-- The version of an account, made now when there is none.
--
-- KEYS: the version. ARGV: the one to make, for how many milliseconds to keep it.
redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2])
return redis.call('GET', KEYS[1])
