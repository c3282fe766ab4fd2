"""The certificates and CRLs that a signature carries: which ones a chain passes through, which ones ride along."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from unrig.formats import cms, der, entropy, x509, x509_odd, x509_odd_list, x509_verify
from unrig.model.errors import FormatError, LimitError
from unrig.model.identity import Signer
from unrig.model.signature import Bytes, Certificate, RevocationList, Stray

MOST_CERTIFICATES = 64  # in one file; the most in 1,692 real signatures is 12
LARGEST_DER = 64 * 1024  # bytes of a certificate that are kept in the facts for judging its chain


class _Held(Struct, frozen=True, kw_only=True):
    """One certificate and where it was first met."""

    parsed: x509.Parsed
    where: der.Element


class _HeldList(Struct, frozen=True, kw_only=True):
    """One CRL and where it stands."""

    parsed: x509.ParsedList
    where: der.Element


class Carried:
    """What the signatures of one file carry, gathered while they are read."""

    def __init__(self, data: memoryview) -> None:
        self._data = data
        self._held: dict[str, _Held] = {}
        self._lists: list[_HeldList] = []
        self._used: set[str] = set()
        self._strays: dict[int, cms.Stray] = {}
        self.damaged: list[str] = []

    def take(self, signed: cms.SignedData) -> list[x509.Parsed]:
        """Take up what one SignedData carries and return its certificates; what is none becomes a stray."""
        self.stray(signed.strays)
        for signer in signed.signers[:1]:
            self.stray(signer.strays)
        # Authenticode_PE, "SignedData": exactly one SignerInfo; Windows reads the first
        self.stray(cms.Stray(what="signerInfos", where=s.where) for s in signed.signers[1:])
        for where in signed.lists:
            self._take_list(where)
        return [parsed for where in signed.certificates if (parsed := self._take_certificate(where))]

    def stray(self, strays: Iterable[cms.Stray]) -> None:
        """Take up elements that have no place."""
        for found in strays:
            self._strays.setdefault(found.where.start, found)

    def _take_certificate(self, where: der.Element) -> x509.Parsed | None:
        """Parse one certificate."""
        try:
            parsed = x509.parse(der.whole(self._data, where))
        except (FormatError, LimitError) as error:
            self.damaged.append(f"certificate at {where.start:#x}: {error}")
            self.stray([cms.Stray(what="certificates: no certificate", where=where)])
            return None
        if parsed.sha256 not in self._held and len(self._held) == MOST_CERTIFICATES:
            self.stray([cms.Stray(what=f"certificates: more than {MOST_CERTIFICATES}", where=where)])
            return None
        self._held.setdefault(parsed.sha256, _Held(parsed=parsed, where=where))
        return parsed

    def _take_list(self, where: der.Element) -> None:
        """Parse one CRL."""
        try:
            parsed = x509.parse_list(der.whole(self._data, where))
        except (FormatError, LimitError) as error:
            self.damaged.append(f"CRL at {where.start:#x}: {error}")
            self.stray([cms.Stray(what="crls: no CRL", where=where)])
            return
        self._lists.append(_HeldList(parsed=parsed, where=where))

    def mark(self, leaf: x509.Parsed | None, pool: Sequence[x509.Parsed]) -> None:
        """Mark every certificate that a path upwards from `leaf` passes through: name and signature must fit."""
        waiting = [leaf] if leaf else []
        seen: set[str] = set()
        while waiting:
            child = waiting.pop()
            seen.add(child.sha256)
            waiting += [c for c in x509_verify.issuers(child, pool) if c.sha256 not in seen]
        self._used |= seen

    def certificates(self) -> tuple[Certificate, ...]:
        """Return the certificates in the order they were met."""
        return tuple(self._certificate(held) for held in self._held.values())

    def _certificate(self, held: _Held) -> Certificate:
        """One certificate as a fact."""
        parsed, where = held.parsed, held.where
        return Certificate(
            sha256=parsed.sha256,
            subject=parsed.subject_text,
            issuer=parsed.issuer_text,
            serial=f"{parsed.serial:x}" if parsed.serial >= 0 else f"-{-parsed.serial:x}",
            spki_sha256=signer_of(parsed).spki_sha256,
            not_before=parsed.not_before,
            not_after=parsed.not_after,
            usages=_usages(parsed),
            der=parsed.encoded if len(parsed.encoded) <= LARGEST_DER else b"",
            span=entropy.span(self._data, where.start, where.end - where.start),
            used=parsed.sha256 in self._used,
            odd_bytes=self._measured(x509_odd.largest_odd(parsed), where),
        )

    def _measured(self, odd: der.Element | None, where: der.Element) -> Bytes | None:
        """Return what a part looks like that no authority issues, at its place in the file."""
        return entropy.measure(self._data, where.start + odd.body, odd.size) if odd and odd.size else None

    def revocation_lists(self) -> tuple[RevocationList, ...]:
        """Return the CRLs in the order they were met."""
        return tuple(
            RevocationList(
                issuer=held.parsed.issuer_text,
                span=entropy.span(self._data, held.where.start, held.where.end - held.where.start),
                used=self._list_is_used(held.parsed),
                nature=entropy.nature(self._data[held.where.body : held.where.end]),
                odd_bytes=self._measured(x509_odd_list.largest_odd(der.whole(self._data, held.where)), held.where),
            )
            for held in self._lists
        )

    def _list_is_used(self, parsed: x509.ParsedList) -> bool:
        """Tell whether some certificate has the same issuer and, where that one is carried too, its key signed the CRL."""
        held = [h.parsed for h in self._held.values()]
        if all(c.issuer != parsed.issuer for c in held):
            return False
        issuers = [c for c in held if c.subject == parsed.issuer]
        return not issuers or any(
            not x509_verify.verify(c.spki_der, parsed.algorithm, "", parsed.signature, parsed.tbs) for c in issuers
        )

    def strays(self) -> tuple[Stray, ...]:
        """Return what has no place, in the order of the file."""
        ordered = sorted(self._strays.values(), key=lambda s: s.where.start)
        return tuple(Stray(what=s.what, bytes=entropy.measure(self._data, s.where.body, s.where.size)) for s in ordered)


def _usages(parsed: x509.Parsed) -> tuple[str, ...]:
    """Return the extended key usages; a malformed extension has none (its chain is judged invalid)."""
    try:
        return x509.usages(parsed)
    except (FormatError, LimitError):
        return ()


def signer_of(parsed: x509.Parsed) -> Signer:
    """Return who a leaf certificate says signed."""
    return Signer(subject=parsed.subject_text, issuer=parsed.issuer_text, spki_sha256=parsed.spki_sha256)


def leaf_first(leaf: x509.Parsed | None, pool: Sequence[x509.Parsed]) -> tuple[str, ...]:
    """Return the SHA-256 of each certificate once, the leaf's first."""
    return tuple(dict.fromkeys(c.sha256 for c in ([leaf, *pool] if leaf else pool)))
