"""One rule a file; rules never parse.

A new one is one line: its import.
"""

from __future__ import annotations

from unrig.model.rule import Rule
from unrig.vet.detect.altered_after_signing import RULE as ALTERED_AFTER_SIGNING
from unrig.vet.detect.archive_unexplained_bytes import RULE as ARCHIVE_UNEXPLAINED_BYTES
from unrig.vet.detect.asar_integrity_mismatch import RULE as ASAR_INTEGRITY_MISMATCH
from unrig.vet.detect.build_environment_unlike_siblings import RULE as BUILD_ENVIRONMENT_UNLIKE_SIBLINGS
from unrig.vet.detect.collecting_capabilities import RULE as COLLECTING_CAPABILITIES
from unrig.vet.detect.content_unlike_list import RULE as CONTENT_UNLIKE_LIST
from unrig.vet.detect.digest_mismatch import RULE as DIGEST_MISMATCH
from unrig.vet.detect.embedded_executable import RULE as EMBEDDED_EXECUTABLE
from unrig.vet.detect.encrypted_blob import RULE as ENCRYPTED_BLOB
from unrig.vet.detect.few_functions_changed import RULE as FEW_FUNCTIONS_CHANGED
from unrig.vet.detect.gained_abilities import RULE as GAINED_ABILITIES
from unrig.vet.detect.gained_loader import RULE as GAINED_LOADER
from unrig.vet.detect.gained_long_wait import RULE as GAINED_LONG_WAIT
from unrig.vet.detect.image_trailing_bytes import RULE as IMAGE_TRAILING_BYTES
from unrig.vet.detect.install_hook import RULE as INSTALL_HOOK
from unrig.vet.detect.installer_drift import RULE as INSTALLER_DRIFT
from unrig.vet.detect.installer_unexplained_bytes import RULE as INSTALLER_UNEXPLAINED_BYTES
from unrig.vet.detect.listed_hash import RULE as LISTED_HASH
from unrig.vet.detect.loader_among_siblings import RULE as LOADER_AMONG_SIBLINGS
from unrig.vet.detect.lone_rebuild import RULE as LONE_REBUILD
from unrig.vet.detect.mirror_differs import RULE as MIRROR_DIFFERS
from unrig.vet.detect.new_executable_content import RULE as NEW_EXECUTABLE_CONTENT
from unrig.vet.detect.new_opaque_content import RULE as NEW_OPAQUE_CONTENT
from unrig.vet.detect.python_startup_code import RULE as PYTHON_STARTUP_CODE
from unrig.vet.detect.reader_and_carrier import RULE as READER_AND_CARRIER
from unrig.vet.detect.same_identity_other_bytes import RULE as SAME_IDENTITY_OTHER_BYTES
from unrig.vet.detect.script_hides_its_code import RULE as SCRIPT_HIDES_ITS_CODE
from unrig.vet.detect.side_loading_position import RULE as SIDE_LOADING_POSITION
from unrig.vet.detect.signature_padding import RULE as SIGNATURE_PADDING
from unrig.vet.detect.signature_spare_content import RULE as SIGNATURE_SPARE_CONTENT
from unrig.vet.detect.signature_unlike_siblings import RULE as SIGNATURE_UNLIKE_SIBLINGS
from unrig.vet.detect.signed_package_members import RULE as SIGNED_PACKAGE_MEMBERS
from unrig.vet.detect.signer_changed import RULE as SIGNER_CHANGED
from unrig.vet.detect.signing_time import RULE as SIGNING_TIME
from unrig.vet.detect.stock_component import RULE as STOCK_COMPONENT
from unrig.vet.detect.unexpected_publisher import RULE as UNEXPECTED_PUBLISHER
from unrig.vet.detect.untrusted_chain import RULE as UNTRUSTED_CHAIN
from unrig.vet.detect.update_address import RULE as UPDATE_ADDRESS
from unrig.vet.detect.update_list_mismatch import RULE as UPDATE_LIST_MISMATCH
from unrig.vet.detect.version_contradiction import RULE as VERSION_CONTRADICTION
from unrig.vet.detect.yara_match import RULE as YARA_MATCH

RULES: tuple[Rule, ...] = tuple(unit for unit in tuple(globals().values()) if isinstance(unit, Rule))
