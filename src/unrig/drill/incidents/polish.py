"""`polish`: a desktop utility, signed by its own publisher, whose runtime start calls a function nobody wrote.

Everything is drawn from the seed, within these bounds, and nothing from what any rule looks for:

- the product, its publisher, names, versions, dates, 3 to 6 libraries, one in three of them built anew each time;
- the release: an MSI, a ZIP archive or a folder;
- the program: 260 to 480 functions, of which the release's own work changes up to 12; in the rigged one the function
  that the runtime starts with also calls one to three new ones, of which one names two to four imports behind its
  return; in half of the drills the release before imports these too;
- besides the rigged release the one before, the clean one in its place (new functions too, called by changed ones), and
  benign ones: the same work built with a newer compiler and linker, whose runtime starts in another way; a tag of 1 to
  12 KiB in the program's signature table, in a certificate, or behind the package; a service release with a new helper
  program; a rotation of the publisher's certificate.

There is no carrier, no hidden data and no flaw in any signature: without the release before, nothing here proves
anything. The shape is that of a cleaning tool's release of August 2017; the names are nobody's.
"""

from __future__ import annotations

from unrig.drill.build.lab_policy import POLICY, policy_files
from unrig.drill.build.truth import TRUTH_FILE, Built, Incident, Truth, encode
from unrig.drill.build.utility_line_up import FOLDER, utility_line_up


def build(seed: int) -> Built:
    """Return the drill of this seed: the same seed gives the same bytes."""
    shown = utility_line_up(seed)
    releases = tuple(each.truth for each in shown.values())
    truth = Truth(incident=INCIDENT.id, seed=seed, policy=POLICY, releases=releases)
    files = {f"{FOLDER}/{path}": data for each in shown.values() for path, data in each.shipped.files.items()}
    files |= {**policy_files(), TRUTH_FILE: encode(truth)}
    return Built(files=dict(sorted(files.items())), truth=truth)


INCIDENT = Incident(
    id="polish",
    title="a desktop utility, signed by its publisher, whose runtime starts with something new",
    build=build,
)
