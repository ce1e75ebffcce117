-- Notes a use, unless a later one is noted. ARGV: the digest, the time in microseconds, which a double holds exactly for
-- some centuries.
local digest, at = ARGV[3], ARGV[4]
local session, fault = find(digest)
if fault then
    return fault
end
if session and tonumber(session.seen_at) < tonumber(at) then
    session.text = table.concat({ session.form, session.created_at, at, session.id, session.rest }, ' ')
    session.seen_at = at
    keep(digest, session.account, session)
end
return 'done'
