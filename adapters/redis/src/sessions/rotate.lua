-- Puts a session under its next digest. ARGV: the digest, the next one, the account, what is now true of the session.
local old, new, account, session = ARGV[3], ARGV[4], ARGV[5], read(ARGV[6])
local taken, found, fault
taken, fault = find(new)
if fault then
    return fault
elseif taken then
    return 'taken'
end
found, fault = find(old)
if fault then
    return fault
elseif not found then
    return 'missing'
end
drop(old, found.account)
keep(new, account, session)
return 'done'
