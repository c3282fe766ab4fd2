"""One document a file."""

from unrig.respond.documents import customer_notice, openvex, sigma_foreign_module, sigma_rigged_module
from unrig.respond.emitter import Emitter

EMITTERS: tuple[Emitter, ...] = (
    customer_notice.EMITTER,
    openvex.EMITTER,
    sigma_foreign_module.EMITTER,
    sigma_rigged_module.EMITTER,
)
