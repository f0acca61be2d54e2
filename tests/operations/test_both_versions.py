"""Both versions of the API show the same state after calls of either version."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from newest import lacks
from pytest_sesfake import SesFake

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pytest_sesfake.fake.setup import VerificationStatus

    Json = dict[str, Any]

DOMAINS, ADDRESSES = ["example.com", "mail.example.com", "other.example"], ["ada@example.com", "bob@other.example"]
READER = "reader@elsewhere.example"
CONTENT: Any = {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Text."}}}
POLICY = (
    '{{"Version": "2012-10-17", "Statement": [{{"Sid": "{sid}", "Effect": "Allow", "Action": "ses:SendEmail", '
    '"Principal": {{"AWS": "123456789012"}}, "Resource": "arn:aws:ses:us-east-1:123456789012:identity/{name}"}}]}}'
)
TOPIC = "arn:aws:sns:us-east-1:123456789012:events"
BUS: Any = {"EventBridgeDestination": {"EventBusArn": "arn:aws:events:us-east-1:123456789012:event-bus/default"}}
SNS: Any = {"SnsDestination": {"TopicArn": TOPIC}}
KNOWS_BUSES = not lacks("CreateConfigurationSetEventDestination.EventDestination.EventBridgeDestination")
KEYS = {"DomainSigningSelector": "mine", "DomainSigningPrivateKey": "a2V5"}
PARTS = ("eventDestinations", "trackingOptions", "deliveryOptions", "reputationOptions")

first = on = st.booleans()
names = st.sampled_from(["news", "alerts"])
domains = st.sampled_from(DOMAINS)
identities = st.sampled_from(DOMAINS + ADDRESSES)
changes = st.sampled_from(["create", "update"])
kinds = st.lists(st.sampled_from(["send", "bounce", "renderingFailure"]), min_size=1, max_size=2, unique=True)


def in_capitals(word: str) -> str:
    """The spelling of the second version: ``TemporaryFailure`` is ``TEMPORARY_FAILURE``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", word).upper()


def named(identity: str, first: bool) -> Json:
    return {"Identity" if first else "EmailIdentity": identity}


def without_headers(answer: Mapping[str, Any], *others: str) -> Json:
    return {name: value for name, value in answer.items() if name not in {"ResponseMetadata", *others}}


class Both:
    """Both versions of the API on one account, and the state that each shows."""

    def __init__(self, fake: SesFake) -> None:
        self.v1, self.v2 = fake.client("ses"), fake.client("sesv2")

    def identities(self) -> tuple[Json, Json]:
        listed = self.v1.list_identities()["Identities"]
        proofs = self.v1.get_identity_verification_attributes(Identities=listed)["VerificationAttributes"]
        keys = self.v1.get_identity_dkim_attributes(Identities=listed)["DkimAttributes"]
        senders = self.v1.get_identity_mail_from_domain_attributes(Identities=listed)["MailFromDomainAttributes"]
        notified = self.v1.get_identity_notification_attributes(Identities=listed)["NotificationAttributes"]
        shown = {
            name: {
                "state": in_capitals(proofs[name]["VerificationStatus"]),
                "dkim": (keys[name]["DkimEnabled"], in_capitals(keys[name]["DkimVerificationStatus"])),
                "tokens": keys[name].get("DkimTokens"),
                "mail from": (senders[name].get("MailFromDomain"), in_capitals(senders[name]["BehaviorOnMXFailure"])),
                "mail from state": in_capitals(senders[name].get("MailFromDomainStatus", "")),
                "forwards": notified[name]["ForwardingEnabled"],
                "policies": self.policies(name),
            }
            for name in listed
        }
        known = self.v2.list_email_identities()["EmailIdentities"]
        return shown, {entry["IdentityName"]: self.identity({**entry}) for entry in known}

    def policies(self, name: str) -> Json:
        found = self.v1.list_identity_policies(Identity=name)["PolicyNames"]
        kept: Json = self.v1.get_identity_policies(Identity=name, PolicyNames=found)["Policies"]
        return kept

    def identity(self, entry: Json) -> Json:
        found = self.v2.get_email_identity(EmailIdentity=entry["IdentityName"])
        keys, sender = found["DkimAttributes"], found["MailFromAttributes"]
        assert entry["VerificationStatus"] == found["VerificationStatus"]
        assert entry["SendingEnabled"] is found["VerifiedForSendingStatus"]
        return {
            "state": found["VerificationStatus"],
            "dkim": (keys["SigningEnabled"], keys["Status"]),
            "tokens": keys.get("Tokens"),
            "mail from": (sender.get("MailFromDomain"), sender["BehaviorOnMxFailure"]),
            "mail from state": sender.get("MailFromDomainStatus", ""),
            "forwards": found["FeedbackForwardingStatus"],
            "policies": found["Policies"],
        }

    def sets(self) -> tuple[Json, Json]:
        listed = [entry["Name"] for entry in self.v1.list_configuration_sets()["ConfigurationSets"]]
        known = self.v2.list_configuration_sets()["ConfigurationSets"]
        return {name: self.set_of_v1(name) for name in listed}, {name: self.set_of_v2(name) for name in known}

    def set_of_v1(self, name: str) -> Json:
        asked: dict[str, Any] = {"ConfigurationSetName": name, "ConfigurationSetAttributeNames": list(PARTS)}
        found = self.v1.describe_configuration_set(**asked)
        options = found["ReputationOptions"]
        return {
            "sends": (options["SendingEnabled"], options.get("LastFreshStart")),
            "measures": options["ReputationMetricsEnabled"],
            "tls": found["DeliveryOptions"]["TlsPolicy"].upper(),
            "tracks": found.get("TrackingOptions", {}).get("CustomRedirectDomain"),
            "destinations": [
                (each["Name"], each["Enabled"], list(map(in_capitals, each["MatchingEventTypes"])))
                for each in found["EventDestinations"]
            ],
        }

    def set_of_v2(self, name: str) -> Json:
        found = self.v2.get_configuration_set(ConfigurationSetName=name)
        destinations = self.v2.get_configuration_set_event_destinations(ConfigurationSetName=name)["EventDestinations"]
        return {
            "sends": (found["SendingOptions"]["SendingEnabled"], found["ReputationOptions"].get("LastFreshStart")),
            "measures": found["ReputationOptions"]["ReputationMetricsEnabled"],
            "tls": found["DeliveryOptions"]["TlsPolicy"],
            "tracks": found.get("TrackingOptions", {}).get("CustomRedirectDomain"),
            "destinations": [
                (each["Name"], each["Enabled"], each["MatchingEventTypes"])
                for each in destinations
                if "SnsDestination" in each  # the first version does not know a bus
            ],
        }

    def templates(self) -> tuple[Json, Json]:
        listed = {entry["Name"]: entry["CreatedTimestamp"] for entry in self.v1.list_templates()["TemplatesMetadata"]}
        known = self.v2.list_email_templates()["TemplatesMetadata"]
        shown = {name: (at, self.v1.get_template(TemplateName=name)["Template"]) for name, at in listed.items()}
        seen = {}
        for entry in known:
            content = self.v2.get_email_template(TemplateName=entry["TemplateName"])["TemplateContent"]
            parts = {f"{part}Part": text for part, text in content.items()}
            seen[entry["TemplateName"]] = entry["CreatedTimestamp"], {"TemplateName": entry["TemplateName"], **parts}
        return shown, seen

    def questions(self) -> tuple[Json, Json]:
        """The templates of verification mails."""
        timelines = []
        for client in (self.v1, self.v2):
            listed = client.list_custom_verification_email_templates()["CustomVerificationEmailTemplates"]
            get = client.get_custom_verification_email_template
            found = (get(TemplateName=each["TemplateName"]) for each in listed)
            timelines.append({each["TemplateName"]: without_headers(each, "Tags") for each in found})
        return timelines[0], timelines[1]

    def account(self) -> tuple[Json, Json]:
        known, quota = self.v2.get_account(), without_headers(self.v1.get_send_quota())
        enabled = self.v1.get_account_sending_enabled()["Enabled"]
        return {"sends": enabled, "quota": quota}, {"sends": known["SendingEnabled"], "quota": known["SendQuota"]}


class BothVersions(RuleBasedStateMachine):
    """Calls of both versions in any order. ``there`` notes by itself what exists, by kind."""

    def __init__(self) -> None:
        super().__init__()
        self.fake = SesFake(verification="pending")
        self.fake.__enter__()
        self.both = Both(self.fake)
        self.v1, self.v2 = self.both.v1, self.both.v2
        self.there: dict[str, set[str]] = {kind: set() for kind in ("identities", "sets", "templates", "questions")}
        self.suppressed = False
        self.touched = "account"

    def teardown(self) -> None:
        try:
            for kind in (*self.there, "account"):
                self.touched = kind
                self.both_versions_tell_the_same()
        finally:
            self.fake.__exit__(None, None, None)

    @invariant()
    def both_versions_tell_the_same(self) -> None:
        shown, seen = getattr(self.both, self.touched)()
        assert shown == seen
        assert list(shown) == list(seen)
        if self.touched in self.there:
            assert set(shown) == self.there[self.touched]

    def attempt(self, kind: str, call: Callable[[], object]) -> str | None:
        """Make a call about a kind, and return the code of the error if it is refused."""
        self.touched = kind
        try:
            call()
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return None

    def make(self, kind: str, name: str, call: Callable[[], object]) -> None:
        """Make something, which only a name that is free allows."""
        refused = self.attempt(kind, call)
        assert ("AlreadyExists" in (refused or "")) is bool(refused) is (name in self.there[kind])
        self.there[kind].add(name)

    def change(self, kind: str, name: str, call: Callable[[], object], missing: str = "DoesNotExist") -> str | None:
        """Change something, which has to be there; return why it is refused all the same."""
        refused = self.attempt(kind, call)
        if name in self.there[kind]:
            return refused
        assert refused == "NotFoundException" or (refused or "").endswith(missing)
        return None

    def drop(self, kind: str, name: str, call: Callable[[], object], *, silently: bool) -> None:
        """Remove something; that it is not there is an error, or is not."""
        refused = self.attempt(kind, call)
        assert bool(refused) is (name not in self.there[kind] and not silently)
        self.there[kind].discard(name)

    # Identities

    @rule(name=identities)
    def create_identity(self, name: str) -> None:
        self.make("identities", name, lambda: self.v2.create_email_identity(EmailIdentity=name))

    @rule(name=identities, keys=on)
    def verify_identity(self, *, name: str, keys: bool) -> None:
        verify: Any = self.v1.verify_domain_dkim if keys else self.v1.verify_domain_identity
        if "@" in name:
            assert not self.attempt("identities", lambda: self.v1.verify_email_identity(EmailAddress=name))
        else:
            assert not self.attempt("identities", lambda: verify(Domain=name))
        self.there["identities"].add(name)

    @rule(first=first, name=identities)
    def delete_identity(self, *, first: bool, name: str) -> None:
        delete: Any = self.v1.delete_identity if first else self.v2.delete_email_identity
        self.drop("identities", name, lambda: delete(**named(name, first)), silently=first)

    @rule(name=identities, status=st.sampled_from(["SUCCESS", "FAILED", "TEMPORARY_FAILURE"]))
    def prove(self, name: str, status: VerificationStatus) -> None:
        self.attempt("identities", lambda: self.fake.verify(name, status=status))
        self.there["identities"].add(name)

    @rule(days=st.sampled_from([1, 3]))
    def wait(self, days: int) -> None:
        self.attempt("identities", lambda: self.fake.clock.advance(days=days))

    @rule(first=first, name=identities, on=on)
    def sign(self, *, first: bool, name: str, on: bool) -> None:
        switch: Any = self.v1.set_identity_dkim_enabled if first else self.v2.put_email_identity_dkim_attributes
        arguments = {"DkimEnabled" if first else "SigningEnabled": on}
        self.attempt("identities", lambda: switch(**named(name, first), **arguments))

    @rule(name=domains)
    def bring_keys(self, name: str) -> None:
        put = self.v2.put_email_identity_dkim_signing_attributes
        given: Any = {"SigningAttributesOrigin": "EXTERNAL", "SigningAttributes": KEYS}
        assert not self.change("identities", name, lambda: put(EmailIdentity=name, **given))

    @rule(first=first, name=identities, label=st.sampled_from(["m", "bounces", ""]), strict=on)
    def choose_mail_from(self, *, first: bool, name: str, label: str, strict: bool) -> None:
        put: Any = self.v1.set_identity_mail_from_domain if first else self.v2.put_email_identity_mail_from_attributes
        behaviour = "RejectMessage" if strict else "UseDefaultValue"
        arguments = {"BehaviorOnMXFailure": behaviour} if first else {"BehaviorOnMxFailure": in_capitals(behaviour)}
        arguments["MailFromDomain"] = f"{label}.{name.rpartition('@')[2]}" if label else ""
        assert not self.change(
            "identities", name, lambda: put(**named(name, first), **arguments), "InvalidParameterValue"
        )

    @rule(first=first, name=identities, on=on)
    def forward(self, *, first: bool, name: str, on: bool) -> None:
        put: Any = self.v2.put_email_identity_feedback_attributes
        if first:
            put = self.v1.set_identity_feedback_forwarding_enabled
        arguments = {"ForwardingEnabled" if first else "EmailForwardingEnabled": on}
        self.attempt("identities", lambda: put(**named(name, first), **arguments))

    @rule(first=first, name=identities, called=names, sid=names)
    def put_policy(self, *, first: bool, name: str, called: str, sid: str) -> None:
        given = {"PolicyName": called, "Policy": POLICY.format(sid=sid, name=name)}
        if first:
            put = self.v1.put_identity_policy
            assert not self.change("identities", name, lambda: put(Identity=name, **given), "InvalidParameterValue")
        else:
            create, update = self.v2.create_email_identity_policy, self.v2.update_email_identity_policy
            taken = self.change("identities", name, lambda: create(EmailIdentity=name, **given))
            assert taken is None or not self.attempt("identities", lambda: update(EmailIdentity=name, **given))

    @rule(first=first, name=identities, called=names)
    def delete_policy(self, *, first: bool, name: str, called: str) -> None:
        delete: Any = self.v1.delete_identity_policy if first else self.v2.delete_email_identity_policy
        given = {**named(name, first), "PolicyName": called}
        refused = self.change("identities", name, lambda: delete(**given), "InvalidParameterValue")
        assert refused in ({None} if first else {None, "NotFoundException"})

    @rule(name=identities, chosen=st.sampled_from(["news", ""]))
    def choose_set(self, name: str, chosen: str) -> None:
        put = self.v2.put_email_identity_configuration_set_attributes
        self.change("identities", name, lambda: put(EmailIdentity=name, ConfigurationSetName=chosen))

    # Configuration sets

    @rule(first=first, name=names)
    def create_set(self, *, first: bool, name: str) -> None:
        create: Any = (self.v1 if first else self.v2).create_configuration_set
        arguments = {"ConfigurationSet": {"Name": name}} if first else {"ConfigurationSetName": name}
        self.make("sets", name, lambda: create(**arguments))

    @rule(first=first, name=names)
    def delete_set(self, *, first: bool, name: str) -> None:
        client = self.v1 if first else self.v2
        self.drop("sets", name, lambda: client.delete_configuration_set(ConfigurationSetName=name), silently=False)

    @rule(first=first, name=names, group=st.sampled_from(["sending", "reputation", "delivery"]), on=on)
    def switch(self, *, first: bool, name: str, group: str, on: bool) -> None:
        tls = "Require" if on else "Optional"
        calls: Any = {
            ("sending", True): (self.v1.update_configuration_set_sending_enabled, "Enabled", on),
            ("reputation", True): (self.v1.update_configuration_set_reputation_metrics_enabled, "Enabled", on),
            ("delivery", True): (self.v1.put_configuration_set_delivery_options, "DeliveryOptions", {"TlsPolicy": tls}),
            ("sending", False): (self.v2.put_configuration_set_sending_options, "SendingEnabled", on),
            ("reputation", False): (self.v2.put_configuration_set_reputation_options, "ReputationMetricsEnabled", on),
            ("delivery", False): (self.v2.put_configuration_set_delivery_options, "TlsPolicy", tls.upper()),
        }
        put, member, value = calls[group, first]
        assert not self.change("sets", name, lambda: put(ConfigurationSetName=name, **{member: value}))

    @rule(name=names, domain=domains, how=st.sampled_from(["create", "update", "delete", "put", "none"]))
    def track(self, name: str, domain: str, how: str) -> None:
        if how in {"put", "none"}:
            put = self.v2.put_configuration_set_tracking_options
            given: dict[str, Any] = {"CustomRedirectDomain": domain} if how == "put" else {}
            assert not self.change("sets", name, lambda: put(ConfigurationSetName=name, **given))
            return
        call = getattr(self.v1, f"{how}_configuration_set_tracking_options")
        arguments = {} if how == "delete" else {"TrackingOptions": {"CustomRedirectDomain": domain}}
        refused = self.change("sets", name, lambda: call(ConfigurationSetName=name, **arguments))
        expected = "AlreadyExists" if how == "create" else "DoesNotExist"
        assert refused in {None, f"TrackingOptions{expected}Exception"}

    @rule(first=first, name=names, called=names, how=changes, kinds=kinds)
    def publish(self, *, first: bool, name: str, called: str, how: str, kinds: list[str]) -> None:
        arguments: Any = {
            "Enabled": len(kinds) > 1,
            "MatchingEventTypes": kinds if first else list(map(in_capitals, kinds)),
        }
        if first:
            arguments |= {"Name": called, "SNSDestination": {"TopicARN": TOPIC}}
        else:
            arguments |= BUS if KNOWS_BUSES and len(kinds) == 1 else SNS
        call = getattr(self.v1 if first else self.v2, f"{how}_configuration_set_event_destination")
        given = (
            {"EventDestination": arguments}
            if first
            else {"EventDestinationName": called, "EventDestination": arguments}
        )
        self.change("sets", name, lambda: call(ConfigurationSetName=name, **given))

    @rule(first=first, name=names, called=names)
    def publish_no_more(self, *, first: bool, name: str, called: str) -> None:
        delete = (self.v1 if first else self.v2).delete_configuration_set_event_destination
        self.change("sets", name, lambda: delete(ConfigurationSetName=name, EventDestinationName=called))

    # Templates, of mail and of verification mail

    @rule(first=first, name=names, how=changes, subject=names, html=on)
    def keep_template(self, *, first: bool, name: str, how: str, subject: str, html: bool) -> None:
        part = "Html" if html else "Text"
        if first:
            arguments: Any = {"Template": {"TemplateName": name, "SubjectPart": subject, f"{part}Part": "Hello"}}
            call = getattr(self.v1, f"{how}_template")
        else:
            arguments = {"TemplateName": name, "TemplateContent": {"Subject": subject, part: "Hello"}}
            call = getattr(self.v2, f"{how}_email_template")
        if how == "create":
            self.make("templates", name, lambda: call(**arguments))
        else:
            assert not self.change("templates", name, lambda: call(**arguments))

    @rule(first=first, name=names)
    def delete_template(self, *, first: bool, name: str) -> None:
        delete = self.v1.delete_template if first else self.v2.delete_email_template
        self.drop("templates", name, lambda: delete(TemplateName=name), silently=first)

    @rule(first=first, name=names, how=changes, subject=names)
    def keep_question(self, *, first: bool, name: str, how: str, subject: str) -> None:
        call = getattr(self.v1 if first else self.v2, f"{how}_custom_verification_email_template")
        arguments = {
            "TemplateName": name,
            "FromEmailAddress": "ada@example.com",
            "TemplateSubject": subject,
            "TemplateContent": "<p>Is it you?</p>",
            "SuccessRedirectionURL": "https://example.com/yes",
            "FailureRedirectionURL": "https://example.com/no",
        }
        if how == "create":
            self.make("questions", name, lambda: call(**arguments))
        else:
            assert not self.change("questions", name, lambda: call(**arguments))

    @rule(first=first, name=names)
    def delete_question(self, *, first: bool, name: str) -> None:
        delete = (self.v1 if first else self.v2).delete_custom_verification_email_template
        self.drop("questions", name, lambda: delete(TemplateName=name), silently=first)

    @rule(first=first, name=names, address=st.sampled_from(ADDRESSES))
    def ask(self, *, first: bool, name: str, address: str) -> None:
        send = (self.v1 if first else self.v2).send_custom_verification_email
        if not self.attempt("questions", lambda: send(EmailAddress=address, TemplateName=name)):
            self.there["identities"].add(address)

    # The account, and what both meet when they send

    @rule(first=first, on=on)
    def switch_account(self, *, first: bool, on: bool) -> None:
        switch = self.v1.update_account_sending_enabled if first else self.v2.put_account_sending_attributes
        assert not self.attempt("account", lambda: switch(**{"Enabled" if first else "SendingEnabled": on}))

    @rule(on=on)
    def suppress(self, *, on: bool) -> None:
        put, delete = self.v2.put_suppressed_destination, self.v2.delete_suppressed_destination
        given: Any = {"EmailAddress": READER, "Reason": "BOUNCE"}
        self.attempt("account", lambda: put(**given) if on else delete(EmailAddress=READER))
        self.suppressed = on

    @rule(name=st.sampled_from(["news", "alerts", None]))
    def send(self, name: str | None) -> None:
        more: Any = {} if name is None else {"ConfigurationSetName": name}
        to = {"ToAddresses": [READER]}
        mail: Any = {"Source": "ada@example.com", "Destination": to, "Message": CONTENT}
        mail_v2: Any = {"FromEmailAddress": "ada@example.com", "Destination": to, "Content": {"Simple": CONTENT}}
        before = len(self.fake.outbox)

        refused = self.attempt("account", lambda: self.v1.send_email(**mail, **more))
        refused_v2 = self.attempt("account", lambda: self.v2.send_email(**mail_v2, **more))

        assert (refused, refused_v2) in SAID
        assert len(self.fake.outbox) == before + (0 if refused else 2)
        state = "Suppressed" if self.suppressed else "Delivered"
        assert {message.status[READER] for message in list(self.fake.outbox)[before:]} <= {state}


# What the two versions say of the same send.
SAID = {
    (None, None),
    ("ConfigurationSetDoesNotExist", "NotFoundException"),
    ("ConfigurationSetSendingPausedException", "SendingPausedException"),
    ("AccountSendingPausedException", "SendingPausedException"),
    ("MailFromDomainNotVerifiedException", "MailFromDomainNotVerifiedException"),
}

CALM = [HealthCheck.too_slow]
TestBothVersions = BothVersions.TestCase
TestBothVersions.settings = settings(
    max_examples=12, stateful_step_count=25, derandomize=True, suppress_health_check=CALM
)
