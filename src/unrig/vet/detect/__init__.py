"""One rule a file; rules never parse. A new rule is one line here."""

from unrig.model.rule import Rule
from unrig.vet.detect import (
    altered_after_signing,
    archive_unexplained_bytes,
    digest_mismatch,
    image_trailing_bytes,
    installer_unexplained_bytes,
    listed_hash,
    reader_and_carrier,
    same_identity_other_bytes,
    signature_padding,
    signature_spare_content,
    signer_changed,
    signing_time,
    unexpected_publisher,
    untrusted_chain,
)

RULES: tuple[Rule, ...] = (
    altered_after_signing.RULE,
    archive_unexplained_bytes.RULE,
    digest_mismatch.RULE,
    image_trailing_bytes.RULE,
    installer_unexplained_bytes.RULE,
    listed_hash.RULE,
    reader_and_carrier.RULE,
    same_identity_other_bytes.RULE,
    signature_padding.RULE,
    signature_spare_content.RULE,
    signer_changed.RULE,
    signing_time.RULE,
    unexpected_publisher.RULE,
    untrusted_chain.RULE,
)
