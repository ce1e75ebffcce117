-- Reserves a slot for an attempt, or says what refuses it and until when: `Counts::admit` of the domain.
--
-- KEYS: the pair, the account's ceiling, the network's ceiling if the network is known.
-- ARGV: now, whether exempt, attempts until a lock, forget after, then failures and span of the account's ceiling and of
-- the network's, then the wait of each level up to the last that differs. All times are whole microseconds, which a
-- double holds exactly for some centuries.
local now = tonumber(ARGV[1])
local exempt = ARGV[2] == '1'
local max_attempts = tonumber(ARGV[3])
local forget_after = tonumber(ARGV[4])
local ceilings = {
    account = { key = KEYS[2], failures = tonumber(ARGV[5]), span = tonumber(ARGV[6]) },
    network = { key = KEYS[3], failures = tonumber(ARGV[7]), span = tonumber(ARGV[8]) },
}
local FIRST_WAIT = 9
-- A try during a lock raises the level at most once in this time.
local RAISE_EVERY = 1000000
-- Clocks are corrected now and then; a key outlives by this what it says.
local SPARE_MILLISECONDS = 60000

-- Numbers become text by hand, as Lua's own way keeps 14 digits only.
local function text(number)
    return number and string.format('%.0f', number) or '-'
end

local function wait(level)
    return tonumber(ARGV[math.min(FIRST_WAIT + level, #ARGV)])
end

local function keep_until(key, moment)
    redis.call('PEXPIRE', key, text(math.max(0, math.ceil((moment - now) / 1000)) + SPARE_MILLISECONDS))
end

local function read_pair()
    local state = redis.call('GET', KEYS[1])
    if not state then
        return { failures = 0, level = 0 }
    end
    local failures, level, locked_until, raised_at, tried_at =
        string.match(state, '^(%d+) (%d+) (%-?%d*) (%-?%d*) (%-?%d*)$')
    if not failures then
        return nil
    end
    return {
        failures = tonumber(failures),
        level = tonumber(level),
        locked_until = tonumber(locked_until),
        raised_at = tonumber(raised_at),
        tried_at = tonumber(tried_at),
    }
end

local function write_pair(pair)
    local words =
        { text(pair.failures), text(pair.level), text(pair.locked_until), text(pair.raised_at), text(pair.tried_at) }
    redis.call('SET', KEYS[1], table.concat(words, ' '))
    keep_until(KEYS[1], math.max(pair.tried_at + forget_after, pair.locked_until or now))
end

local function is_forgotten(pair)
    local locked = pair.locked_until and now < pair.locked_until
    return not locked and (not pair.tried_at or pair.tried_at + forget_after <= now)
end

-- The failures of a ceiling are a list, oldest first.
local function forget(ceiling)
    local oldest = redis.call('LINDEX', ceiling.key, 0)
    while oldest and tonumber(oldest) + ceiling.span <= now do
        redis.call('LPOP', ceiling.key)
        oldest = redis.call('LINDEX', ceiling.key, 0)
    end
end

local function refuses_until(ceiling)
    if not ceiling.key then
        return nil
    end
    forget(ceiling)
    local over = redis.call('LLEN', ceiling.key) - ceiling.failures
    local frees = over >= 0 and redis.call('LINDEX', ceiling.key, over)
    return frees and tonumber(frees) + ceiling.span
end

-- Counts a failure, and says whether the next one will be refused.
local function record(ceiling)
    if not ceiling.key then
        return false
    end
    forget(ceiling)
    local failures = redis.call('RPUSH', ceiling.key, ARGV[1])
    keep_until(ceiling.key, now + ceiling.span)
    return failures >= ceiling.failures
end

local pair = read_pair()
if not pair then
    return redis.error_reply('CORRUPT a count is unreadable')
end

-- The ceiling that refuses for longest.
local refused_until = not exempt and refuses_until(ceilings.account) or nil
local refused_by = 'account'
local network = refuses_until(ceilings.network)
if network and not (refused_until and refused_until >= network) then
    refused_until, refused_by = network, 'network'
end

if refused_until and not (pair.locked_until and now < pair.locked_until) then
    return 'locked ' .. text(refused_until) .. ' ' .. refused_by
end

if is_forgotten(pair) then
    pair = { failures = 0, level = 0 }
end
pair.tried_at = now

if pair.locked_until and now < pair.locked_until then
    if not pair.raised_at or pair.raised_at + RAISE_EVERY <= now then
        pair.raised_at = now
        pair.level = pair.level + 1
        pair.locked_until = math.max(pair.locked_until, now + wait(pair.level))
    end
    write_pair(pair)
    if refused_until and refused_until > pair.locked_until then
        return 'locked ' .. text(refused_until) .. ' ' .. refused_by
    end
    return 'locked ' .. text(pair.locked_until) .. ' pair'
end

local before = nil
if pair.failures + 1 < max_attempts then
    pair.failures = pair.failures + 1
elseif not pair.locked_until then
    pair.failures = max_attempts
    pair.locked_until = now + wait(pair.level)
else
    -- The wait is over: one try is let through, and locks until it has succeeded.
    before = pair.locked_until
    pair.level = pair.level + 1
    pair.raised_at = now
    pair.locked_until = now + wait(pair.level)
end
write_pair(pair)

local reaches = '-'
local account_reached, network_reached = record(ceilings.account), record(ceilings.network)
if account_reached then
    reaches = 'account'
elseif network_reached then
    reaches = 'network'
end
local left = math.max(0, max_attempts - pair.failures)
return table.concat(
    { 'go', text(left), text(pair.locked_until), text(before), before and '1' or '0', reaches },
    ' '
)
