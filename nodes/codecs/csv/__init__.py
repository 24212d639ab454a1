"""CSV as bytes or text to rows, and back."""
