"""SNMP from the manager's side, on pysnmp (an extra): imported by nodes only when they run."""
