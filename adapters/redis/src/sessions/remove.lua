-- Ends the session under a digest, and gives it back. ARGV: the digest.
local session, fault = find(ARGV[3])
if session then
    drop(ARGV[3], session.account)
end
return fault or (session and session.text)
