-- Ends an attempt that was accepted or never judged: `Counts::settle` of the domain.
--
-- KEYS as for `admit`. ARGV: whether accepted, when the slot was taken, and of the pair's slot until when it locks, what
-- the lock was before, and whether it raised the level.
local accepted = ARGV[1] == '1'
local taken_at, locks_until, before, raised_level = ARGV[2], ARGV[3], ARGV[4], ARGV[5] == '1'

local function give_back(state)
    local failures, level, locked_until, rest = string.match(state, '^(%d+) (%d+) (%-?%d*) (%-?%d* %-?%d*)$')
    if not failures then
        return nil
    end
    failures, level = tonumber(failures), tonumber(level)
    if raised_level then
        level = math.max(0, level - 1)
    else
        failures = math.max(0, failures - 1)
    end
    -- Someone else's try during the lock may have prolonged it; then it stays.
    if locks_until ~= '-' and locked_until == locks_until then
        locked_until = before
    end
    return string.format('%.0f %.0f %s %s', failures, level, locked_until, rest)
end

if accepted then
    redis.call('DEL', KEYS[1])
else
    local state = redis.call('GET', KEYS[1])
    if state then
        local given_back = give_back(state)
        if not given_back then
            return redis.error_reply('CORRUPT a count is unreadable')
        end
        redis.call('SET', KEYS[1], given_back, 'KEEPTTL')
    end
end
-- The latest failure of that moment is the one nearest to the end.
redis.call('LREM', KEYS[2], -1, taken_at)
if KEYS[3] then
    redis.call('LREM', KEYS[3], -1, taken_at)
end
return 'settled'
