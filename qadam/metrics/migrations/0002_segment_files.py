from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('metrics', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='segment',
            name='is_sorted',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='segment',
            name='days_name',
            field=models.CharField(blank=True, max_length=100),
        ),
        migrations.AddField(
            model_name='segment',
            name='days_size',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='segment',
            name='days_zone',
            field=models.CharField(blank=True, max_length=64),
        ),
    ]
