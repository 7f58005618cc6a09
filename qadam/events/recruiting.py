"""Facts of bringing people in: what the law looks at wherever something is rewarded (FTC, Koscot; field.md, "Law")."""

RECRUITING = frozenset({"member.registered", "invitation.sent", "contact.recorded"})
