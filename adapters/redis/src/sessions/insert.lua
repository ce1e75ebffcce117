-- Keeps a new session. ARGV: its digest, its account, the session.
local digest, account, session = ARGV[3], ARGV[4], read(ARGV[5])
local found, fault = find(digest)
if fault then
    return fault
elseif found then
    return 'taken'
end
keep(digest, account, session)
return 'done'
