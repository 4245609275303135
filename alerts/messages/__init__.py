"""What messages say: Dutch and English phrases, and the composing of letters from alerts."""
