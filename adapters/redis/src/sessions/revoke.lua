-- Ends sessions of an account, and counts them. ARGV: the account, which of them (one, all-but, all), and an id.
local account, which, id = ARGV[3], ARGV[4], ARGV[5]
local gone = 0
local fields = redis.call('HGETALL', account_key(account))
for at = 1, #fields, 2 do
    -- One that can't be read opens nothing, and is not the one that is to stay.
    local session = read(fields[at + 1])
    local is_named = session and session.id == id or false
    if which == 'all' or is_named == (which == 'one') then
        gone = gone + drop(fields[at], account)
    end
end
return gone
