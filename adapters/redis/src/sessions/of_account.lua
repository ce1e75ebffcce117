-- The sessions of an account. ARGV: the account.
return redis.call('HVALS', account_key(ARGV[3]))
