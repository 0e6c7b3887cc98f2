"""What speaks of something else than the backup of a virtual machine.

Azure's texts about a restore, or about the backup of a database or a file share, differ from ours
in one word: "Restore failed with an internal error". A text with such a word is not taken for a
message that has none.
"""

import re

# Restore in the languages that Azure writes (a restore *point* is ours), and other workloads.
_WORDS = re.compile(
    r"\b(?:restor(?:e|ed|es|ing)(?! points?\b)|restoration|wiederherst(?!ellungspunkt)\w*"
    r"|restaur(?!ierungspunkt)\w*|ripristin\w*|terugzet\w*|herstel(?!punt| punt)\w*"
    r"|återställ(?!ningspunkt)\w*|gendan(?!nelsespunkt|nelse services)\w*|palaut(?!us)\w*"
    r"|przywr\w*|obnov\w*|visszaáll\w*|geri yükle\w*|восстан\w*"
    r"|sql|hana|sap|mars|mysql|postgresql|cosmos|oracle|blobs?|file shares?|azure files?|dpm"
    r"|vmware|hyper v|site recovery|disaster recovery|replicat\w*|failover|aks|kubernetes"
    r"|app service|web app"
    # Other agents, other resources, other makers of backups, other operations.
    r"|azure monitor|monitor(?:ing)? agents?|azure arc|arc agents?"
    r"|connected machine|dependency agents?"
    r"|log analytics|vmss|scale sets?|nics?|network interfaces?|veeam|commvault|rubrik|cohesity"
    r"|veritas|netbackup|migrat(?:e|es|ed|ing|ion)|system state|exports?|exporting|file recovery"
    r"|enabl(?:e|ing) (?:the )?(?:backup|protection)"
    r"|configur(?:e|ing) (?:the )?(?:backup|protection)"
    r"|(?:un|de)regist\w*|registration failed|registering)\b"
    r"|復元(?!ポイント)|还原(?!点)|還原(?!點)|복원(?! 지점)"
)

# Codes of restore and of other workloads, by how Azure names them: what a code of ours never has.
# Whole codes stand in the playbook ``not-ours``; these keep up with the new ones.
_CODES = re.compile(
    r"^(?:usererror|bcm|system|cloud|internal)*(?:"
    r"restore(?!point)\w*|\w*(?:restorefailed|restoreoperation|restorejob|forrestore|crossregionrestore"
    r"|crosssubscriptionrestore|restorestorageaccount|itemlevelrecovery|ilrmount|instantrp)\w*"
    r"|(?:sql|hana|saphana|sapase|aks|afs|azurefile|fileshare|azureblob|blobbackup|postgres|pgflex"
    r"|mysql|cosmos|mars|dpm|wlbackup|awlbackup)\w*"
    r"|\w*(?:sqldatabase|sqlinstance|sqllogin|sqlno|saphana|hanabackint|fileshare|afssource|azurefiles"
    r"|logbackup|logchain|fullbackupmissing|recoverymodel|backint)\w*)$"
)


def foreign_at(words: str) -> int:
    """Return where the comparable text first speaks of something else; -1: nowhere."""
    found = _WORDS.search(words)
    return -1 if found is None else found.start()


def is_foreign(key: str) -> bool:
    """Whether a code, as codes are compared, is one of restore or of another workload."""
    return _CODES.match(key) is not None
