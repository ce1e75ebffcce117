-- Forgets some of the sessions whose time is up. ARGV: the times of use and of beginning up to which that is so, and how
-- many to look at of each. Answers how many sessions went, and how many were looked at.
local limit = ARGV[5]
local gone, looked_at = 0, 0
for _, up_to in ipairs({ { BY_USE, ARGV[3] }, { BY_BEGINNING, ARGV[4] } }) do
    local digests = redis.call('ZRANGEBYSCORE', up_to[1], '-inf', up_to[2], 'LIMIT', '0', limit)
    for _, digest in ipairs(digests) do
        local account = redis.call('GET', owner_key(digest))
        gone = gone + drop(digest, account or '')
    end
    looked_at = looked_at + #digests
end
return { gone, looked_at }
