"""One document a file."""

from unrig.respond.documents.customer_notice import EMITTER as CUSTOMER_NOTICE
from unrig.respond.documents.openvex import EMITTER as OPENVEX
from unrig.respond.documents.sigma_foreign_module import EMITTER as SIGMA_FOREIGN_MODULE
from unrig.respond.documents.sigma_rigged_module import EMITTER as SIGMA_RIGGED_MODULE

EMITTERS = (CUSTOMER_NOTICE, OPENVEX, SIGMA_FOREIGN_MODULE, SIGMA_RIGGED_MODULE)
