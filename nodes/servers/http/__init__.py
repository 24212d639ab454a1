"""HTTP that a flow serves: requests that wait for their answer, and who may ask."""
