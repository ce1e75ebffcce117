-- What the scripts about sessions have in common; it comes before each of them.
--
-- A session is a field of its account's hash, and a key of its own says whose hash that is. It takes both to find it: a
-- Redis that evicts one of them ends the session, and leaves none that ending all of an account's would miss.
--
-- ARGV: what every key begins with, for how many milliseconds to keep a session after it was written, and then what the
-- script itself takes. None is in KEYS, as which they are depends on what is found.
local PREFIX, KEEP_MILLISECONDS = ARGV[1], ARGV[2]
-- When sessions were used and when they began, so that those whose time is up are found without looking at all keys.
local BY_USE, BY_BEGINNING = PREFIX .. 'sessions-by-use', PREFIX .. 'sessions-by-beginning'

local function owner_key(digest)
    return PREFIX .. 'session:' .. digest
end

local function account_key(account)
    return PREFIX .. 'sessions-of:' .. account
end

-- The first word says which form this is.
local function read(text)
    local form, created_at, seen_at, id, rest = string.match(text, '^([12]) (%-?%d+) (%-?%d+) (%S+) (.*)$')
    return form and { text = text, form = form, created_at = created_at, seen_at = seen_at, id = id, rest = rest }
end

-- The session with its account; or nothing, and the fault if there is one.
local function find(digest)
    local account = redis.call('GET', owner_key(digest))
    if not account then
        return nil
    end
    local text = redis.call('HGET', account_key(account), digest)
    local is_an_account = string.match(account, '^[%x-]+$')
    if is_an_account and not text then
        return nil
    end
    local session = is_an_account and read(text)
    if not session then
        return nil, redis.error_reply('CORRUPT a session is unreadable')
    end
    session.account = account
    return session
end

local function keep(digest, account, session)
    redis.call('HSET', account_key(account), digest, session.text)
    redis.call('SET', owner_key(digest), account, 'PX', KEEP_MILLISECONDS)
    redis.call('ZADD', BY_USE, session.seen_at, digest)
    redis.call('ZADD', BY_BEGINNING, session.created_at, digest)
    for _, key in ipairs({ account_key(account), BY_USE, BY_BEGINNING }) do
        redis.call('PEXPIRE', key, KEEP_MILLISECONDS)
    end
end

-- How many sessions that ended.
local function drop(digest, account)
    redis.call('DEL', owner_key(digest))
    redis.call('ZREM', BY_USE, digest)
    redis.call('ZREM', BY_BEGINNING, digest)
    return redis.call('HDEL', account_key(account), digest)
end

