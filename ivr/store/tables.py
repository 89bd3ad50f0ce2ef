"""Every table, as data. No queries here, and no row leaves ivr/store.

Times are UTC (`UtcDateTime`). Lists of words (schemes, languages) are kept as one
text, separated by single spaces. A change here needs a migration; a test compares.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Named,
    SmallInteger,
    Table,
    Text,
    TypedColumns,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from ivr.store.columns import UtcDateTime, new_salt

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

EMPTY = text("''")
ZERO = text("0")
JSON_TEXT: JSON[dict[str, str]] = JSON[dict[str, str]]().with_variant(
    JSONB(), "postgresql"
)
# An integer key that counts itself up: SQLite does that for INTEGER only.
AUTO_ID = BigInteger().with_variant(Integer, "sqlite")


class _Centres(TypedColumns):
    code = Column(Text, primary_key=True)
    name_hi = Column(Text, nullable=False)
    name_en = Column(Text, nullable=False)
    parent: Named[str | None] = Column(Text)


class _Telecallers(TypedColumns):
    telecaller_id = Column(Text, primary_key=True)
    name = Column(Text, nullable=False)
    centre = Column(Text, ForeignKey("centres.code"), nullable=False)
    address = Column(Text, nullable=False)
    languages = Column(Text, nullable=False)  # space separated


class _Lists(TypedColumns):
    name = Column(Text, primary_key=True)
    origin = Column(Text, nullable=False)  # where the numbers come from, in words
    origin_kind = Column(Text, nullable=False, server_default=EMPTY)  # core.origin
    # importing: half of it may be here, so nobody of it is dialled; or ready
    state = Column(Text, nullable=False, server_default=text("'ready'"))
    imported_at: Named[datetime] = Column(UtcDateTime)
    rows_read = Column(Integer, nullable=False, server_default=ZERO)
    rows_kept = Column(Integer, nullable=False, server_default=ZERO)
    rows_duplicate = Column(Integer, nullable=False, server_default=ZERO)
    rows_refused = Column(Integer, nullable=False, server_default=ZERO)
    rows_blank = Column(Integer, nullable=False, server_default=ZERO)
    people_sum: Named[bytes | None] = Column(LargeBinary)  # core.journal.ListSum
    # New with every sum: else an erased person could be guessed from the former one.
    salt: Named[bytes | None] = Column(LargeBinary, default=new_salt)


class _Contacts(TypedColumns):
    contact_id: Named[int] = Column(AUTO_ID, primary_key=True)
    list_name = Column(Text, ForeignKey("lists.name"), nullable=False)
    number = Column(Text, nullable=False)
    alt_number: Named[str | None] = Column(Text)
    name = Column(Text, nullable=False, server_default=EMPTY)
    district = Column(Text, nullable=False, server_default=EMPTY)
    centre: Named[str | None] = Column(Text)
    constituency = Column(Text, nullable=False, server_default=EMPTY)
    schemes = Column(Text, nullable=False, server_default=EMPTY)  # space separated
    language = Column(Text, nullable=False, server_default=text("'hi'"))
    timezone = Column(Text, nullable=False, server_default=text("'Asia/Kolkata'"))
    fields: Named[dict[str, str]] = Column(JSON_TEXT, server_default=text("'{}'"))


class _DoNotCall(TypedColumns):
    number = Column(Text, primary_key=True)
    since: Named[datetime] = Column(UtcDateTime)
    source = Column(Text, nullable=False)  # key_9, spoken, web, file ...
    call_id: Named[str | None] = Column(Text)  # no key: it outlives the call's record
    salt: Named[bytes | None] = Column(LargeBinary, default=new_salt)


class _Flows(TypedColumns):
    flow_id = Column(Text, primary_key=True)
    version = Column(Text, primary_key=True)
    flow = Column(Text, nullable=False)  # core.flow_model.Flow as JSON
    text_given = Column(Text, nullable=False)  # the YAML as it was written
    kept_at: Named[datetime] = Column(UtcDateTime)


class _Campaigns(TypedColumns):
    campaign_id = Column(Text, primary_key=True)
    spec = Column(Text, nullable=False)  # core.model.Campaign as JSON
    text_given = Column(Text, nullable=False)  # the YAML as it was written
    flow_id = Column(Text, nullable=False)
    flow_version = Column(Text, nullable=False)
    state = Column(Text, nullable=False)  # core.model.CampaignState
    created_at: Named[datetime] = Column(UtcDateTime)
    updated_at: Named[datetime] = Column(UtcDateTime)
    started_at: Named[datetime | None] = Column(UtcDateTime)  # first
    ended_at: Named[datetime | None] = Column(UtcDateTime)  # last


class _CampaignEvents(TypedColumns):
    event_id: Named[int] = Column(AUTO_ID, primary_key=True)
    campaign_id = Column(Text, ForeignKey("campaigns.campaign_id"), nullable=False)
    at: Named[datetime] = Column(UtcDateTime)
    state = Column(Text, nullable=False)


class _CampaignContacts(TypedColumns):
    """The dial queue: one row for each number a campaign means to reach."""

    campaign_id = Column(Text, ForeignKey("campaigns.campaign_id"), primary_key=True)
    contact_id: Named[int] = Column(
        BigInteger, ForeignKey("contacts.contact_id"), primary_key=True
    )
    number = Column(Text, nullable=False)  # the contact's, here for the laws below
    centre: Named[str | None] = Column(Text)  # the contact's, when it was enrolled
    state = Column(Text, nullable=False)  # due, claimed, dialling, done, refused
    priority = Column(SmallInteger, nullable=False)  # 0: asked to be called; 1
    due_at: Named[datetime | None] = Column(UtcDateTime)  # none once done or refused
    reason = Column(Text, nullable=False, server_default=EMPTY)  # why not dialled now
    rule = Column(Text, nullable=False, server_default=EMPTY)  # whose rule that is
    attempts = Column(Integer, nullable=False, server_default=ZERO)
    last_disposition: Named[str | None] = Column(Text)
    callback_at: Named[datetime | None] = Column(UtcDateTime)
    call_id: Named[str | None] = Column(Text)  # while dialling: which attempt


class _Attempts(TypedColumns):
    """core.call.Call, and how it ended. Open while `disposition` is null."""

    call_id = Column(Text, primary_key=True)
    campaign_id = Column(Text, ForeignKey("campaigns.campaign_id"), nullable=False)
    contact_id: Named[int] = Column(BigInteger, ForeignKey("contacts.contact_id"))
    number = Column(Text, nullable=False)
    caller_id = Column(Text, nullable=False)
    trunk = Column(Text, nullable=False)
    flow_id = Column(Text, nullable=False)
    flow_version = Column(Text, nullable=False)
    attempt_no = Column(Integer, nullable=False)
    placed_at: Named[datetime] = Column(UtcDateTime)
    state = Column(Text, nullable=False)  # core.call.CallState
    rang_at: Named[datetime | None] = Column(UtcDateTime)
    answered_at: Named[datetime | None] = Column(UtcDateTime)
    wanted_at: Named[datetime | None] = Column(UtcDateTime)
    joined_at: Named[datetime | None] = Column(UtcDateTime)
    parted_at: Named[datetime | None] = Column(UtcDateTime)
    ended_at: Named[datetime | None] = Column(UtcDateTime)
    telecaller_id: Named[str | None] = Column(Text)
    abandoned: Named[bool]
    opted_out: Named[bool]
    callback: Named[bool]
    completed: Named[bool]
    answers: Named[int]
    keys_pressed: Named[int]  # Call.keys (`c.keys` is taken)
    node: Named[str | None] = Column(Text)
    place = Column(Text, nullable=False, server_default=EMPTY)  # core.flow_place
    cancelled = Column(Text, nullable=False)
    cause: Named[int | None] = Column(Integer)
    cause_text = Column(Text, nullable=False)
    sip_code: Named[int | None] = Column(Integer)
    dial_status = Column(Text, nullable=False)
    disposition: Named[str | None] = Column(Text)  # core.model.Disposition
    because = Column(Text, nullable=False, server_default=EMPTY)
    next_at: Named[datetime | None] = Column(UtcDateTime)  # when to try again
    salt: Named[bytes | None] = Column(LargeBinary, default=new_salt)


class _Answers(TypedColumns):
    call_id = Column(Text, ForeignKey("attempts.call_id"), primary_key=True)
    seq = Column(Integer, primary_key=True, autoincrement=False)
    node = Column(Text, nullable=False)
    kind = Column(Text, nullable=False)
    value = Column(Text, nullable=False)
    accepted: Named[bool]
    meaning = Column(Text, nullable=False)
    at: Named[datetime | None] = Column(UtcDateTime)
    salt: Named[bytes | None] = Column(LargeBinary, default=new_salt)


class _Conversations(TypedColumns):
    call_id = Column(Text, ForeignKey("attempts.call_id"), primary_key=True)
    telecaller_id = Column(
        Text, ForeignKey("telecallers.telecaller_id"), primary_key=True
    )
    joined_at: Named[datetime | None] = Column(UtcDateTime)  # first
    parted_at: Named[datetime | None] = Column(UtcDateTime)  # last
    outcome = Column(Text, nullable=False, server_default=EMPTY)
    notes = Column(Text, nullable=False, server_default=EMPTY)
    outcome_at: Named[datetime | None] = Column(UtcDateTime)
    salt: Named[bytes | None] = Column(LargeBinary, default=new_salt)


class _DeskStates(TypedColumns):
    """The log of every desk: one row for each change."""

    entry_id: Named[int] = Column(AUTO_ID, primary_key=True)
    telecaller_id = Column(
        Text, ForeignKey("telecallers.telecaller_id"), nullable=False
    )
    at: Named[datetime] = Column(UtcDateTime)
    state = Column(Text, nullable=False)  # core.model.DeskState
    reason = Column(Text, nullable=False, server_default=EMPTY)
    call_id: Named[str | None] = Column(Text)


class _Learned(TypedColumns):
    """What pacing learned, restored at the next start."""

    about = Column(Text, primary_key=True)  # "campaign ID" or "centre CODE ..."
    state = Column(Text, nullable=False)  # core's own JSON, with its version
    at: Named[datetime] = Column(UtcDateTime)


class _Callbacks(TypedColumns):
    call_id = Column(Text, ForeignKey("attempts.call_id"), primary_key=True)
    due_at: Named[datetime] = Column(UtcDateTime)
    asked_at: Named[datetime] = Column(UtcDateTime)


# Never dial what is not +91 and ten digits, or any national number that starts
# with 0 or 1: emergency and service numbers (112, 108, 1930, 140..., 1800...).
NUMBER_LAW = (
    "length(number) = 13 AND substr(number, 1, 3) = '+91'"
    " AND substr(number, 4, 1) NOT IN ('0', '1')"
    " AND ltrim(substr(number, 2), '0123456789') = ''"
)
QUEUE_STATES = "state IN ('due', 'claimed', 'dialling', 'done', 'refused')"
DUE_OF_CENTRE = "state = 'due' AND centre IS NOT NULL"
BUSY = "state IN ('claimed', 'dialling')"
OPEN = "disposition IS NULL"
HAS_SECOND = "alt_number IS NOT NULL"

centres = Table("centres", metadata, _Centres)
telecallers = Table("telecallers", metadata, _Telecallers)
lists = Table("lists", metadata, _Lists)
contacts = Table(
    "contacts",
    metadata,
    _Contacts,
    # The number first: it is sought in all lists too. An import of millions pays for
    # every index, most of all for one in the numbers' order; the other only grows.
    UniqueConstraint("number", "list_name"),
    CheckConstraint(NUMBER_LAW, name="number_law"),
    Index(None, "list_name", "centre"),  # whose people a list has, counted
    Index(  # whose second number it is, when somebody is erased
        "ix_contacts_alt_number",
        "alt_number",
        sqlite_where=text(HAS_SECOND),
        postgresql_where=text(HAS_SECOND),
    ),
)
do_not_call = Table("do_not_call", metadata, _DoNotCall, sqlite_with_rowid=False)
flows = Table("flows", metadata, _Flows)
campaigns = Table(
    "campaigns",
    metadata,
    _Campaigns,
    ForeignKeyConstraint(
        ["flow_id", "flow_version"], ["flows.flow_id", "flows.version"]
    ),
)
campaign_events = Table(
    "campaign_events", metadata, _CampaignEvents, Index(None, "campaign_id", "at")
)
campaign_contacts = Table(
    "campaign_contacts",
    metadata,
    _CampaignContacts,
    # A person is a number: one row however many lists name it.
    UniqueConstraint("campaign_id", "number"),
    CheckConstraint(QUEUE_STATES, name="state_law"),
    Index(
        "ix_campaign_contacts_turn",
        "campaign_id",
        "state",
        "priority",
        "due_at",
        "contact_id",
    ),
    Index(  # of pooled campaigns: whose people are called next
        "ix_campaign_contacts_centre_turn",
        "campaign_id",
        "centre",
        "priority",
        "due_at",
        "contact_id",
        sqlite_where=text(DUE_OF_CENTRE),
        postgresql_where=text(DUE_OF_CENTRE),
    ),
    # The law that no number is dialled twice at once, in whatever campaign.
    Index(
        "uq_campaign_contacts_busy_number",
        "number",
        unique=True,
        sqlite_where=text(BUSY),
        postgresql_where=text(BUSY),
    ),
    sqlite_with_rowid=False,
)
attempts = Table(
    "attempts",
    metadata,
    _Attempts,
    Index(None, "number", "placed_at"),  # the caps
    Index(None, "campaign_id", "placed_at"),  # the reports
    Index(  # the abandonment cap
        "ix_attempts_answered",
        "campaign_id",
        "answered_at",
        "abandoned",
        "disposition",
        sqlite_where=text("answered_at IS NOT NULL"),
        postgresql_where=text("answered_at IS NOT NULL"),
    ),
    Index(
        "ix_attempts_open",
        "call_id",
        sqlite_where=text(OPEN),
        postgresql_where=text(OPEN),
    ),
)
answers = Table("answers", metadata, _Answers, sqlite_with_rowid=False)
conversations = Table("conversations", metadata, _Conversations)
desk_states = Table(
    "desk_states", metadata, _DeskStates, Index(None, "telecaller_id", "at")
)
callbacks = Table("callbacks", metadata, _Callbacks)
learned = Table("learned", metadata, _Learned)
